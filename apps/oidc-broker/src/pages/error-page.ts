import type { PageContext } from '../logins/login.types.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';

/** What went wrong, in words for the person before the screen. */
export interface ErrorPage {
  status: number;
  title: string;
  detail: string;
  /** OAuth's or ours, for whoever they tell about it. */
  code?: string;
  /** For the same: what is wrong with the request. */
  reason?: string | undefined;
  /** The correlation id, by which the request is found in logs. */
  reference?: string | undefined;
  /** Where they can go on. A path of ours. */
  link?: { href: string; label: string };
}

/** The page for what cannot go on. It leads to no client: none is known to be the right one. */
export function errorPage(context: PageContext, error: ErrorPage): string {
  const { status, title, detail, code, reason, reference, link } = error;
  return layout(
    context,
    title,
    html`<h1>${title}</h1>
      <p>${detail}</p>
      ${link && html`<p><a class="button" href="${link.href}">${link.label}</a></p> `}
      <p class="hint">
        ${code === undefined ? `Error ${status}` : html`Error ${status} · <code>${code}</code>`}
      </p>
      ${reason !== undefined && html`<p class="hint"><code>${reason}</code></p> `}
      ${reference !== undefined && html`<p class="hint">Reference <code>${reference}</code></p> `}`,
  );
}
