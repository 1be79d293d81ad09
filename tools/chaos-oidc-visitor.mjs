/** A browser whose user tries again: what is not answered is asked for once more, forms included. */
import { isAnswer } from './chaos-insist.mjs';

const PATIENCE_MS = 40_000;
const MOST_HOPS = 12;

export class Visitor {
  #cookies = new Map();
  #host;
  #end;
  #insist;
  /** The page it is on: { text, status, action, hidden }. */
  page;
  /** Where it was sent in the end, and a time (of performance.now()) before which nothing of that was made. */
  left;
  leftSince;
  /** Whether a form was answered by leading away from the login's page: the login has ended well, or not. */
  hasFinished = false;

  /** `end`: the client's address, which is not asked. Everything else is asked of the gateway. */
  constructor({ gateway, end, insist }) {
    this.#host = new URL(gateway).host;
    this.#end = end;
    this.#insist = insist;
  }

  /** Goes to `url` and follows; true where it comes to a page or to the end. */
  open(url) {
    return this.#go(new URL(url));
  }

  /** Sends the page's form, with what is hidden in it; true as `open`. */
  submit(fields) {
    const { action, hidden } = this.page;
    return this.#go(action, new URLSearchParams({ ...hidden, ...fields }));
  }

  async #go(to, form) {
    let url = to;
    let body = form;
    this.page = undefined;
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      url.host = this.#host;
      this.leftSince = performance.now();
      const answer = await this.#insist(isAnswer, PATIENCE_MS, () => this.#ask(url, body));
      if (!answer) return false;
      const { location, status, text } = answer;
      if (location === null) {
        this.page = { status, text, ...formOf(text, url) };
        return true;
      }
      if (body && !location.includes('/interaction/')) this.hasFinished = true;
      body = undefined;
      url = new URL(location, url);
      if (url.href.startsWith(this.#end)) {
        this.left = url;
        return true;
      }
    }
    return false;
  }

  async #ask(url, body) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      body,
      headers: {
        accept: 'text/html',
        'sec-fetch-site': body ? 'same-origin' : 'none',
        ...(cookie && { cookie }),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(set)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { status: answer.status, text, location: answer.headers.get('location') };
  }
}

/** Where the page's form goes, and what is hidden in it. */
function formOf(text, url) {
  const [form = ''] = /<form[^]*?<\/form>/.exec(text) ?? [];
  const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  const hidden = form.match(/<input[^>]*type="hidden"[^>]*>/g) ?? [];
  return {
    action: new URL(attribute(/<form[^>]*>/.exec(form)?.[0] ?? '', 'action'), url),
    hidden: Object.fromEntries(hidden.map((input) => [attribute(input, 'name'), attribute(input, 'value')])),
  };
}
