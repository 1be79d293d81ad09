import { send } from './http.ts';
import { formsOf, type PageForm, plain, unescape } from './page-forms.ts';

/** Where a browser without scripts has come to: a page of the gateway, or away from it. */
export interface Arrival {
  url: URL;
  status: number;
  html: string;
  title: string;
  /** What stands there, without markup. */
  text: string;
  forms: PageForm[];
  headers: Record<string, string | string[] | undefined>;
  /** The redirect that led elsewhere, to a relying party; nothing of it was fetched. */
  left: boolean;
}

/** What is typed or chosen, by field; undefined leaves a box unticked. */
export type FormValues = Record<string, string | undefined>;

const CALLBACK_ORIGIN = 'https://rp.example';
const MOST_REDIRECTS = 12;

/**
 * A browser without scripts: keeps cookies, follows redirects as far as they stay on the gateway, fills in forms. What it
 * can do, a user can do with scripts switched off.
 */
export class FormBrowser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  at: Arrival | undefined;

  constructor(
    private readonly gateway: string,
    /** Sent as X-Forwarded-For by nobody: another loopback address is another client. */
    private readonly from?: string,
  ) {}

  open(url: string | URL): Promise<Arrival> {
    return this.go('GET', new URL(url), undefined, 'none');
  }

  /**
   * Sends the form that has a field or button of the names in `values` (the first one if none has), with what it holds
   * and `values` over it. `button` presses the one whose value or text that is.
   */
  submit(values: FormValues = {}, button?: string): Promise<Arrival> {
    const { at } = this;
    if (!at) throw new Error('no page is open');
    const form = formFor(at.forms, Object.keys(values), button);
    if (!form) throw new Error(`no such form on ${at.url.href}: ${at.text.slice(0, 300)}`);
    return this.send(form, values, button);
  }

  /** Sends a form as it was on a page before: an older tab. */
  send(form: PageForm, values: FormValues, button?: string): Promise<Arrival> {
    const pairs: [string, string][] = form.fields
      .filter(({ name, type, checked, disabled }) => {
        const isChosen = checked || !/^(checkbox|radio)$/.test(type);
        return isChosen && !disabled && !(name in values);
      })
      .map(({ name, value }) => [name, value]);
    for (const [name, value] of Object.entries(values)) if (value !== undefined) pairs.push([name, value]);
    const pressed = form.buttons.find(({ value, text }) => button === value || button === text);
    if (pressed?.name) pairs.push([pressed.name, pressed.value]);
    const target = new URL(form.action, this.at?.url);
    const body = new URLSearchParams(pairs);
    if (form.method !== 'post') return this.go('GET', Object.assign(target, { search: body.toString() }));
    return this.go('POST', target, body.toString(), 'same-origin', this.at?.url.origin);
  }

  /** A form of somebody else's page, sent here. */
  post(url: URL, body: string): Promise<Arrival> {
    return this.go('POST', url, body, 'cross-site', CALLBACK_ORIGIN);
  }

  /** Forgets everything: another browser. */
  clear(): void {
    this.cookies.clear();
    this.at = undefined;
  }

  private async go(
    method: string,
    url: URL,
    body?: string,
    site = 'same-origin',
    origin?: string,
    redirects = 0,
  ): Promise<Arrival> {
    if (redirects > MOST_REDIRECTS) throw new Error(`too many redirects, the last to ${url.href}`);
    if (url.port !== new URL(this.gateway).port) return (this.at = arrivalAt(url, { left: true }));
    const answer = await send(method, this.gateway, url.pathname + url.search, {
      ...(body !== undefined && { body }),
      from: this.from,
      headers: {
        ...{ host: url.host, accept: 'text/html', 'sec-fetch-site': site, 'user-agent': 'form-browser' },
        ...{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
        ...(this.cookies.size > 0 && { cookie: this.cookiesFor(url) }),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(origin !== undefined && { origin }),
      },
    });
    this.takeCookies(answer.headers['set-cookie'] ?? []);
    const { location } = answer.headers;
    if (location !== undefined && answer.status >= 300 && answer.status < 400) {
      const keeps = answer.status === 307 || answer.status === 308;
      const next = new URL(location, url);
      return this.go(keeps ? method : 'GET', next, keeps ? body : undefined, site, origin, redirects + 1);
    }
    const { status, text, headers } = answer;
    return (this.at = arrivalAt(url, { status, html: text, headers }));
  }

  private cookiesFor({ pathname }: URL): string {
    return [...this.cookies]
      .filter(([, { path }]) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
  }

  private takeCookies(lines: string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/';
      const ends = /;\s*max-age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line) || value === '';
      if (ends) this.cookies.delete(name);
      else this.cookies.set(name, { value, path });
    }
  }
}

const formFor = (forms: PageForm[], names: string[], button?: string): PageForm | undefined =>
  forms.find(
    ({ buttons, fields }) =>
      names.every((name) => fields.some((field) => field.name === name)) &&
      (button === undefined || buttons.some(({ text, value }) => text === button || value === button)),
  );

function arrivalAt(url: URL, more: Partial<Arrival>): Arrival {
  const html = more.html ?? '';
  const title = unescape(/<title>([^<]*)<\/title>/.exec(html)?.[1] ?? '');
  const main = /<main[\s\S]*<\/main>/.exec(html)?.[0] ?? html;
  const text = plain(main);
  return { url, status: 0, headers: {}, left: false, ...more, html, title, text, forms: formsOf(html) };
}
