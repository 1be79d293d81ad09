import type { BrowserContext, Page } from 'playwright-core';
import type { Person } from './oidc-bank.ts';
import { WatchedPage } from './watched-page.ts';

const WAIT_MS = 10_000;

/** Somebody at Chromium on a page of oidc-broker, by what it says: labels, buttons, headings. */
export abstract class ProviderPage extends WatchedPage {
  constructor(page: Page, context: BrowserContext) {
    super(page, context);
    page.setDefaultTimeout(WAIT_MS);
  }

  async visit(url: URL | string): Promise<void> {
    await this.page.goto(String(url), { waitUntil: 'domcontentloaded' });
  }

  /** What the page is about. */
  heading(): Promise<string> {
    return this.page.locator('h1').innerText();
  }

  /** What stands there. */
  text(): Promise<string> {
    return this.page.locator('main').innerText();
  }

  async type(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Presses a button and waits for the page that answers. */
  abstract press(name: string | RegExp): Promise<void>;

  /** Does what leads to another page, and waits for that. */
  async answered(deed: () => Promise<void>): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded', { timeout: WAIT_MS });
    await Promise.all([loaded, deed()]);
  }

  /** Username and password; the name is there already where the request hinted at it. */
  async signIn({ username, password }: Pick<Person, 'username' | 'password'>): Promise<void> {
    await this.type('Username', username);
    await this.type('Password', password);
    await this.press('Sign in');
  }

  async code(code: string): Promise<void> {
    await this.type('Code', code);
    await this.press('Continue');
  }
}
