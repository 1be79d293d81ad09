import type { Arrival, FormBrowser } from './form-browser.ts';
import type { PageForm } from './page-forms.ts';
import type { Phone } from './phone.ts';
import type { Person } from './oidc-bank.ts';

/** What a page asks for, by what is in its form. */
export type Asked =
  'username' | 'password' | 'way' | 'code' | 'remember' | 'passcode' | 'consent' | 'sign-out' | 'nothing';

/** What the user does where there is a choice. */
export interface Choices {
  /** How the second step is shown. */
  way?: 'otp:email' | 'otp:sms';
  remember?: boolean;
  /** Scopes that are unticked at consent. */
  unticked?: string[];
  /** Stops on a page that asks for this. */
  upTo?: Asked;
}

const MOST_PAGES = 12;

/** Somebody at a browser without scripts, who does what each page asks for, by what it says and not by its address. */
export class OidcUser {
  /** The image passcode: the picked image of each round. */
  readonly picks: Record<string, string> = {};
  /** What pages asked for, in order. */
  readonly seen: Asked[] = [];

  constructor(
    readonly browser: FormBrowser,
    readonly person: Person,
    private readonly phone: Phone,
  ) {}

  /** Opens `url` and goes through all pages until the browser is sent back to the relying party. */
  async visit(url: URL | string, choices: Choices = {}): Promise<Arrival> {
    return this.through(await this.browser.open(url), choices);
  }

  /** Goes on from a page. */
  async through(from: Arrival, choices: Choices = {}): Promise<Arrival> {
    let at = from;
    for (let pages = 0; !at.left; pages++) {
      const asked = askedBy(at);
      if (asked === choices.upTo) return at;
      if (asked === 'nothing' || pages === MOST_PAGES) return at;
      this.seen.push(asked);
      const before = at.html;
      at = await this.answer(at, asked, choices);
      if (at.html === before) throw new Error(`stays on the page that asks for ${asked}: ${at.text}`);
    }
    return at;
  }

  /** Picks the images of a passcode page: those picked before, or the first of each grid. */
  picksFor({ forms }: Arrival, picks = this.picks): Record<string, string> {
    const fields = forms.flatMap((form) => form.fields).filter(({ name }) => /^round-\d+$/.test(name));
    for (const { name, value } of fields) picks[name] ??= value;
    const names = [...new Set(fields.map(({ name }) => name))];
    return Object.fromEntries(names.map((name) => [name, picks[name]!]));
  }

  private answer(at: Arrival, asked: Asked, choices: Choices): Promise<Arrival> {
    const { browser, person } = this;
    switch (asked) {
      case 'username':
        return browser.submit({ username: person.username });
      case 'password':
        return browser.submit({ username: person.username, password: person.password });
      case 'way': {
        const way = choices.way ?? (person.email ? 'otp:email' : 'otp:sms');
        const offered = at.forms.flatMap(({ buttons }) => buttons).find(({ value }) => value.startsWith(way));
        return browser.submit({}, offered?.value ?? way);
      }
      case 'code':
        return this.typeCode(at);
      case 'remember':
        return browser.submit({}, choices.remember ? 'yes' : 'no');
      case 'passcode':
        return browser.submit(this.picksFor(at));
      case 'consent':
        return browser.submit(
          Object.fromEntries((choices.unticked ?? []).map((scope) => [`scope:${scope}`, undefined])),
          'Allow',
        );
      default:
        return browser.submit({}, 'Sign out');
    }
  }

  private async typeCode(at: Arrival): Promise<Arrival> {
    const byMail = at.text.includes('@');
    const code = await this.phone.code((byMail ? this.person.email : this.person.phoneNumber) ?? '');
    return this.browser.submit({ code });
  }
}

/** What the page's form asks for. */
export function askedBy({ forms }: Arrival): Asked {
  const found = RULES.find(([, fits]) => forms.some(fits));
  return found?.[0] ?? 'nothing';
}

const has = (pattern: RegExp) => (form: PageForm) => form.fields.some(({ name }) => pattern.test(name));
const offers = (pattern: RegExp) => (form: PageForm) => form.buttons.some(({ name }) => pattern.test(name));

const RULES: [Asked, (form: PageForm) => boolean][] = [
  ['passcode', has(/^round-\d+$/)],
  ['password', has(/^password$/)],
  ['way', offers(/^choose$/)],
  ['code', has(/^code$/)],
  ['remember', offers(/^remember$/)],
  ['username', has(/^username$/)],
  ['consent', (form) => form.buttons.some(({ text }) => text === 'Allow')],
  ['sign-out', (form) => form.buttons.some(({ text }) => text === 'Sign out')],
];
