import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newPageWithAuthenticator } from './browser.ts';
import type { Person } from './oidc-bank.ts';
import type { PageLooks } from './page-looks.ts';
import type { Phone } from './phone.ts';

/** Somebody at Chromium on their account's page, or on the administrators', by what these say. */
export class AccountPage {
  /** What the browser complained about: what the pages' policy stopped, scripts that failed. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly looks: PageLooks,
    private readonly phone: Phone,
  ) {
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => void this.complaints.push(String(error)));
    // a refused form is a 4xx, which browsers report as an error of the page
    page.on('console', (said) => {
      if (said.type() === 'error' && !said.text().includes('status of 4')) this.complaints.push(said.text());
    });
  }

  static async open(browser: Browser, looks: PageLooks, phone: Phone): Promise<AccountPage> {
    const { page, context } = await newPageWithAuthenticator(browser);
    return new AccountPage(page, context, looks, phone);
  }

  async visit(url: string | URL): Promise<void> {
    await this.page.goto(String(url), { waitUntil: 'domcontentloaded' });
  }

  heading(): Promise<string> {
    return this.page.locator('h1').innerText();
  }

  text(): Promise<string> {
    return this.page.locator('main').innerText();
  }

  notice(): Promise<string> {
    return this.page.getByRole('status').innerText();
  }

  async has(role: 'button' | 'link', name: string | RegExp): Promise<boolean> {
    return (await this.page.getByRole(role, { name }).count()) > 0;
  }

  async type(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Presses a button, or follows a link, and waits for the page that answers. */
  async press(name: string | RegExp, role: 'button' | 'link' = 'button'): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded');
    await Promise.all([loaded, this.page.getByRole(role, { name, exact: true }).first().click()]);
  }

  async signIn({ username, password }: Pick<Person, 'username' | 'password'>): Promise<void> {
    await this.type('Username', username);
    await this.type('Password', password);
    await this.press('Sign in');
  }

  /** Has a code sent to the address and types it. */
  async typeCode(email: string): Promise<void> {
    await this.press(/^E-mail to/);
    await this.type('Code', await this.phone.code(email));
    await this.press('Continue');
  }

  /** Picks the first image of each grid. */
  async pickImages(): Promise<void> {
    for (const grid of await this.page.locator('fieldset:has(input[type="radio"])').all()) {
      const values = await grid
        .locator('input')
        .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value));
      await grid.locator(`input[value="${values.toSorted()[0]}"]`).check();
    }
  }

  look(name: string): Promise<void> {
    return this.looks.at(this.page, name);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
