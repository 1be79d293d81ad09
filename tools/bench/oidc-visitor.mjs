/** A browser of the least kind: cookies, redirects, and the one form of a page. */
export class Visitor {
  #cookies = new Map();
  #action;
  #hidden = {};
  #host;

  /** `end`: the address at which a visit is over; it is not asked. Everything else is asked of the host of the first. */
  constructor(end) {
    this.end = end;
  }

  /** Goes to `url` and follows; answers the address it ended at, if that is `end`. */
  open(url) {
    this.#host = new URL(url).host;
    return this.#go(url, {});
  }

  /** Sends the page's form with what is hidden in it. */
  submit(fields) {
    const body = new URLSearchParams({ ...this.#hidden, ...fields });
    return this.#go(this.#action, { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin' } });
  }

  async #go(url, request) {
    if (String(url).startsWith(this.end)) return new URL(url);
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      ...request,
      headers: { accept: 'text/html', ...request.headers, ...(cookie && { cookie }) },
      redirect: 'manual',
    });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(set)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    const text = await answer.text();
    if (answer.status >= 300 && answer.status < 400) {
      const next = new URL(answer.headers.get('location'), url);
      if (!next.href.startsWith(this.end)) next.host = this.#host;
      return this.#go(next, {});
    }
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status} ${text.slice(0, 500)}`);
    const [form = ''] = /<form[^]*?<\/form>/.exec(text) ?? [];
    this.#action = new URL(/<form[^>]*\baction="([^"]*)"/.exec(form)?.[1] ?? '', url);
    const inputs = form.match(/<input[^>]*type="hidden"[^>]*>/g) ?? [];
    this.#hidden = Object.fromEntries(
      inputs.map((input) => [
        /\bname="([^"]*)"/.exec(input)?.[1],
        /\bvalue="([^"]*)"/.exec(input)?.[1] ?? '',
      ]),
    );
    return undefined;
  }
}
