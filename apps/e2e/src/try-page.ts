import type { Browser } from 'playwright-core';
import { newPageWithAuthenticator, type PageWithAuthenticator } from './browser.ts';
import { WatchedPage } from './watched-page.ts';

/** The page at `/try`, as somebody uses it: by what it says, not by what it is made of. */
export class TryPage extends WatchedPage {
  readonly authenticator: PageWithAuthenticator['authenticator'];

  private constructor(opened: PageWithAuthenticator) {
    super(opened.page, opened.context);
    this.authenticator = opened.authenticator;
  }

  static async open(browser: Browser, url: string): Promise<TryPage> {
    const opened = new TryPage(await newPageWithAuthenticator(browser));
    await opened.page.goto(url);
    await opened.page.getByRole('button', { name: 'Begin' }).waitFor();
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

  async idle(): Promise<void> {
    await this.page.locator('#stage[aria-busy="false"]').waitFor();
  }
}
