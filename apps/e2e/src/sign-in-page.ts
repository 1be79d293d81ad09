import type { Browser, BrowserContext, Page } from 'playwright-core';
import { newPageWithAuthenticator, type VirtualAuthenticator } from './browser.ts';
import type { CallbackSite } from './callback-site.ts';
import type { PageLooks } from './page-looks.ts';
import { ProviderPage } from './provider-page.ts';

export interface SignInPageOptions {
  site: CallbackSite;
  /** Absent: nobody looks at the pages, which is so where scripts are switched off. */
  looks?: PageLooks;
  javaScript?: boolean;
}

/** Somebody at Chromium on the provider's pages, by what these say: labels, buttons, headings. */
export class SignInPage extends ProviderPage {
  private constructor(
    page: Page,
    context: BrowserContext,
    readonly authenticator: VirtualAuthenticator | undefined,
    private readonly options: SignInPageOptions,
  ) {
    super(page, context);
  }

  /** A browser of its own; with scripts there is a virtual authenticator in it. */
  static async open(browser: Browser, options: SignInPageOptions): Promise<SignInPage> {
    if (options.javaScript === false) {
      const context = await browser.newContext({ javaScriptEnabled: false });
      return new SignInPage(await context.newPage(), context, undefined, options);
    }
    const { page, context, authenticator } = await newPageWithAuthenticator(browser);
    return new SignInPage(page, context, authenticator, options);
  }

  /** What the last form was told. */
  alert(): Promise<string> {
    return this.page.locator('main [role="alert"]:not([hidden])').innerText();
  }

  /** Names of the buttons that can be pressed, in order. */
  async buttons(): Promise<string[]> {
    const all = await this.page.getByRole('button').all();
    return Promise.all(all.map(async (button) => (await button.innerText()).trim()));
  }

  /** Presses a button and waits for the page that answers. */
  override press(name: string | RegExp): Promise<void> {
    return this.answered(() => this.page.getByRole('button', { name, exact: true }).click());
  }

  /** Picks an image of every grid with the mouse: by the name of its field, what that is to hold. */
  async pick(picks: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(picks))
      await this.page.locator(`input[name="${name}"][value="${value}"]`).check();
  }

  /** The first image of each grid. */
  async firstImages(): Promise<Record<string, string>> {
    const firsts = (await this.page.locator('fieldset').all()).map(async (grid) => {
      const input = grid.locator('input[type="radio"]').first();
      return [await input.getAttribute('name'), await input.getAttribute('value')];
    });
    return Object.fromEntries(await Promise.all(firsts)) as Record<string, string>;
  }

  /** Picks by keyboard alone: Tab from grid to grid, arrows within. */
  async pickByKeyboard(picks: Record<string, string>): Promise<void> {
    const { keyboard } = this.page;
    const focused = async () => {
      const at = this.page.locator(':focus');
      if ((await at.count()) === 0) return {};
      return { name: await at.getAttribute('name'), value: await at.getAttribute('value') };
    };
    for (const [name, value] of Object.entries(picks)) {
      for (let tabs = 0; (await focused()).name !== name; tabs++) {
        if (tabs === 20) throw new Error(`no way by Tab to ${name}`);
        await keyboard.press('Tab');
      }
      await keyboard.press('Space');
      for (let steps = 0; (await focused()).value !== value; steps++) {
        if (steps === 25) throw new Error(`no way by arrows to ${value}`);
        await keyboard.press('ArrowRight');
      }
    }
  }

  /** Looks at the page that is open. */
  async look(name: string): Promise<this> {
    await this.options.looks?.at(this.page, name);
    return this;
  }

  /** Whether the browser is back at the relying party. */
  get isBack(): boolean {
    return this.page.url().startsWith(this.options.site.url);
  }

  /** The address at which the browser is back at the relying party. */
  async back(): Promise<URL> {
    const { url } = this.options.site;
    await this.page.waitForURL((at) => at.href.startsWith(url), { waitUntil: 'domcontentloaded' });
    return new URL(this.page.url());
  }
}
