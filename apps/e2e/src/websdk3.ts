import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { newPageWithAuthenticator, type PageWithAuthenticator, servePage } from './browser.ts';

/** `@loginid/websdk3` as it comes from npm, for a script element: its class as `LoginIDWebSDK`. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { LoginIDWebSDK } from '@loginid/websdk3'; globalThis.LoginIDWebSDK = LoginIDWebSDK;`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  return outputFiles[0]!.text;
}

let bundled: Promise<string> | undefined;

/** What a call of the SDK came to: its result, or the ApiError it threw. */
export interface SdkAnswer {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- results of every kind of call
  result?: any;
  error?: { name: string; message: string; code?: string; status?: number; body?: unknown };
}

/** A page of an application that runs LoginID's own SDK, unmodified, against `origin`. */
export class SdkPage {
  private constructor(
    readonly page: Page,
    readonly authenticator: PageWithAuthenticator['authenticator'],
    private readonly context: PageWithAuthenticator['context'],
  ) {}

  /**
   * Opens one in a context of its own. `origin`, the gateway's, has the application's id as its first label, as the SDK
   * demands; the page has the origin `from`, by default the same.
   */
  static async open(browser: Browser, origin: string, appId: string, from = origin): Promise<SdkPage> {
    const { page, context, authenticator } = await newPageWithAuthenticator(browser);
    const html = `<!doctype html><title>websdk3</title>
      <input autocomplete="username webauthn"><script src="/websdk3-test.js"></script>
      <script>globalThis.sdk = new LoginIDWebSDK({ baseUrl: '${origin}', appId: '${appId}' });</script>`;
    await servePage(page, `${from}/websdk3-test`, html, { '/websdk3-test.js': await (bundled ??= bundle()) });
    return new SdkPage(page, authenticator, context);
  }

  /** Calls a method of the SDK. */
  call(method: string, ...args: unknown[]): Promise<SdkAnswer> {
    const about = [method, args] as const;
    return this.page.evaluate(async ([name, given]) => {
      const { sdk } = globalThis as unknown as {
        sdk: Record<string, (...of: unknown[]) => Promise<unknown>>;
      };
      try {
        return { result: await sdk[name]!(...given) };
      } catch (thrown) {
        const { name: kind, message, code, status, body } = thrown as Record<string, unknown>;
        return { error: { name: kind, message, code, status, body } } as SdkAnswer;
      }
    }, about);
  }

  /** Calls a method that must succeed; answers its result. */
  async done(method: string, ...args: unknown[]): Promise<SdkAnswer['result']> {
    const { result, error } = await this.call(method, ...args);
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
