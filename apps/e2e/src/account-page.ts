import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newPageWithAuthenticator } from './browser.ts';
import type { PageLooks } from './page-looks.ts';
import type { Phone } from './phone.ts';
import { ProviderPage } from './provider-page.ts';

/** Somebody at Chromium on their account's page, or on the administrators', by what these say. */
export class AccountPage extends ProviderPage {
  private constructor(
    page: Page,
    context: BrowserContext,
    private readonly looks: PageLooks,
    private readonly phone: Phone,
  ) {
    super(page, context);
  }

  static async open(browser: Browser, looks: PageLooks, phone: Phone): Promise<AccountPage> {
    const { page, context } = await newPageWithAuthenticator(browser);
    return new AccountPage(page, context, looks, phone);
  }

  notice(): Promise<string> {
    return this.page.getByRole('status').innerText();
  }

  async has(role: 'button' | 'link', name: string | RegExp): Promise<boolean> {
    return (await this.page.getByRole(role, { name }).count()) > 0;
  }

  /** Presses a button, or follows a link, and waits for the page that answers. */
  override press(name: string | RegExp, role: 'button' | 'link' = 'button'): Promise<void> {
    return this.answered(() => this.page.getByRole(role, { name, exact: true }).first().click());
  }

  /** Has a code sent to the address and types it. */
  async typeCode(email: string): Promise<void> {
    await this.press(/^E-mail to/);
    await this.code(await this.phone.code(email));
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
}
