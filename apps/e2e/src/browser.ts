import { chmod } from 'node:fs/promises';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';

/**
 * A real, headless Chromium: the one at `CHROME_PATH`, else the one out of npm (Linux x64). It resolves `*.localhost`
 * to loopback by itself, and takes those names for secure contexts, as WebAuthn needs them.
 */
export async function launchBrowser(): Promise<Browser> {
  const own = process.env.CHROME_PATH;
  const executablePath = own ?? (await sparticuz.executablePath());
  if (own === undefined) await chmod(executablePath, 0o755);
  return chromium.launch({
    executablePath,
    headless: true,
    // its own list is for one process in a function: what it says of processes and of the web's rules is left out
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote', '--hide-scrollbars'],
  });
}

/** How a virtual authenticator is to be. By default a platform's: discoverable, verifying, saying yes at once. */
export interface AuthenticatorOptions {
  userVerification?: boolean;
  residentKey?: boolean;
  /** Whether the user is there and says yes, without being asked. */
  automatic?: boolean;
}

/** A virtual WebAuthn authenticator of one page, over CDP. */
export class VirtualAuthenticator {
  constructor(
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** Its passkeys. */
  async credentials(): Promise<{ credentialId: string; rpId?: string; signCount: number }[]> {
    const { credentials } = await this.cdp.send('WebAuthn.getCredentials', {
      authenticatorId: this.authenticatorId,
    });
    return credentials;
  }

  /** Whether it verifies its user from now on (a wrong finger: false). */
  async verifies(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    await this.cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }

  /** Forgets every passkey: another device, so to speak. */
  async clear(): Promise<void> {
    await this.cdp.send('WebAuthn.clearCredentials', { authenticatorId: this.authenticatorId });
  }
}

/** A page of its own context, with an authenticator. Close `context` when it is done. */
export interface PageWithAuthenticator {
  context: BrowserContext;
  page: Page;
  authenticator: VirtualAuthenticator;
}

/**
 * A fresh page (no cookies, no storage of others) with a virtual authenticator. An RP id must be the page's own host
 * or a registrable suffix of it: on `demo.localhost` that is `demo.localhost`, never `localhost`.
 */
export async function newPageWithAuthenticator(
  browser: Browser,
  options: AuthenticatorOptions = {},
): Promise<PageWithAuthenticator> {
  const context = await browser.newContext();
  // pages that servePage fulfils come from nowhere in particular: to the browser, from outside this machine
  await context.grantPermissions(['local-network-access']);
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const verifies = options.userVerification ?? true;
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: options.residentKey ?? true,
      hasUserVerification: verifies,
      isUserVerified: verifies,
      automaticPresenceSimulation: options.automatic ?? true,
    },
  });
  return { context, page, authenticator: new VirtualAuthenticator(cdp, authenticatorId) };
}

/**
 * Shows `html` under `url`, an address of the running gateway, so that the page has that origin while its calls still
 * reach the gateway. `scripts` are files of the page, by path.
 */
export async function servePage(
  page: Page,
  url: string,
  html: string,
  scripts: Record<string, string> = {},
): Promise<void> {
  const { origin } = new URL(url);
  for (const [path, body] of Object.entries(scripts))
    await page.route(`${origin}${path}`, (route) =>
      route.fulfill({ contentType: 'text/javascript; charset=utf-8', body }),
    );
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
  await page.goto(url);
}
