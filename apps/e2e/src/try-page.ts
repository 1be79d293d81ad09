import type { Browser, Page } from 'playwright-core';
import { newPageWithAuthenticator, type PageWithAuthenticator } from './browser.ts';

/** The page at `/try`, as somebody uses it: by what it says, not by what it is made of. */
export class TryPage {
  /** What the page itself complained about: scripts that failed, or were stopped by its policy. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly authenticator: PageWithAuthenticator['authenticator'],
    private readonly context: PageWithAuthenticator['context'],
  ) {
    page.on('pageerror', (error) => void this.complaints.push(String(error)));
    // a refused step is a 401, which browsers report as an error of the page
    page.on('console', (said) => {
      if (said.type() === 'error' && !said.text().includes('status of 4')) this.complaints.push(said.text());
    });
  }

  static async open(browser: Browser, url: string): Promise<TryPage> {
    const { page, context, authenticator } = await newPageWithAuthenticator(browser);
    const opened = new TryPage(page, authenticator, context);
    await page.goto(url);
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    return opened;
  }

  /** Begins as `username`, wanting what the boxes say. */
  async begin(username: string, wanted: string[] = []): Promise<void> {
    await this.page.getByLabel('Username').fill(username);
    for (const label of wanted) await this.page.getByLabel(label).check();
    await this.press('Begin');
  }

  /** Presses a button and waits until the server has answered. */
  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.idle();
  }

  /** Opens the card of an action. */
  async choose(action: string): Promise<void> {
    const card = this.page.locator(`details[data-action="${action}"]`);
    if ((await card.getAttribute('open')) === null) await card.locator('> summary').click();
  }

  async type(label: string, text: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** What the server says comes next. */
  async nextAction(): Promise<string | null> {
    const says = this.page.locator('.says .big');
    return (await says.count()) === 0 ? null : says.textContent();
  }

  async offered(): Promise<string[]> {
    const cards = await this.page.locator('details[data-action]').all();
    return Promise.all(cards.map(async (card) => (await card.getAttribute('data-action')) ?? ''));
  }

  /** What the page says about the last answer. */
  told(): Promise<string> {
    return this.page.locator('.told').innerText();
  }

  /** What came of checking a token's signature on the page. */
  async checked(token: string): Promise<string> {
    const badge = this.page.locator(`[data-check="${token}"]:not(:text("checking"))`);
    return badge.innerText();
  }

  /** A claim of a token, as it is shown. */
  claim(token: string, name: string): Promise<string> {
    const list = this.page.locator(`[data-token="${token}"] .claims`);
    return list.locator(`dt:text-is("${name}") + dd`).innerText();
  }

  /** Steps done, in the picture of the flow. */
  path(): Promise<string[]> {
    return this.page.locator('.path .name').allInnerTexts();
  }

  close(): Promise<void> {
    return this.context.close();
  }

  async idle(): Promise<void> {
    await this.page.locator('#stage[aria-busy="false"]').waitFor();
  }
}
