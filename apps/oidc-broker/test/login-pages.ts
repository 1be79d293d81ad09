import type { OidcBroker } from './oidc-broker.ts';
import { ProviderApplication } from './provider-application.ts';
import { type Answered, Browser, callbackOf, type Registered, type RelyingParty } from './relying-party.ts';

export const PASSWORD = 'orange boat sails north';

/** A page, and its address. */
export type Page = Answered & { at: string };

/** The page's heading. */
export const headingOf = ({ text }: { text: string }): string => /<h1>([^<]*)<\/h1>/.exec(text)?.[1] ?? '';

/** What the page tells of the last submission. */
export const alertOf = ({ text }: { text: string }): string | undefined =>
  /id="problem" role="alert">([^<]*)</.exec(text)?.[1];

export const versionOf = ({ text }: { text: string }): string =>
  /name="version" value="(\d+)"/.exec(text)?.[1] ?? '';

/** One browser and one authorization request, step by step. */
export class Journey {
  page!: Page;

  private constructor(
    readonly party: RelyingParty,
    readonly browser: Browser,
  ) {}

  /** Goes to the authorization endpoint and on to where it leads. */
  static async begin(
    broker: OidcBroker,
    client: Registered,
    changed: Record<string, string | undefined> = {},
    browser = new Browser(broker),
  ): Promise<Journey> {
    const application = new ProviderApplication(broker);
    const journey = new Journey(application.relyingParty(client), browser);
    // a link is taken by PAR alone
    const { party } = journey;
    const isLink = changed.scope?.includes('2fa_link');
    const url = isLink ? await application.pushedUrl(party, changed) : party.authorizeUrl(changed);
    journey.page = await browser.follow(url);
    return journey;
  }

  /** Fills the page's form. */
  async fill(fields: Record<string, string>): Promise<this> {
    this.page = await this.browser.submit(this.page, fields);
    return this;
  }

  /** Posts exactly this form to the page, and looks at the answer itself. */
  post(form: Record<string, string | string[]>, headers: Record<string, string> = {}): Promise<Answered> {
    return this.browser.go(this.page.at, { form, headers: { 'sec-fetch-site': 'same-origin', ...headers } });
  }

  signIn(username: string, password = PASSWORD): Promise<this> {
    return this.fill({ username, password });
  }

  /** Chooses the text message and types the code. */
  async mfa(code: string): Promise<this> {
    await this.fill({ choose: 'otp:sms|sms:1' });
    return this.fill({ code, action: 'verify' });
  }

  get heading(): string {
    return headingOf(this.page);
  }

  get alert(): string | undefined {
    return alertOf(this.page);
  }

  /** What the client was sent; nothing while there is a page of ours. */
  get callback(): Record<string, string> {
    return this.page.at.startsWith(this.party.client.redirectUri) ? callbackOf(this.page) : {};
  }
}
