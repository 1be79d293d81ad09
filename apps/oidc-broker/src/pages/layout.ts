import type { PageContext } from '../logins/login.types.ts';
import { Html, html } from './html.ts';

/** How a page differs from the usual one. */
export interface LayoutOptions {
  /** `wide`: for lists and tables. Steps of a login are narrow. */
  width?: 'wide';
  /** In the header, beside the name: navigation, sign out. */
  header?: Html;
}

/**
 * A whole page of an application. `body` is its main part, with the page's one `h1` in it: what `html` made, or the text
 * of that.
 */
export function layout(
  context: PageContext,
  title: string,
  body: Html | string,
  options: LayoutOptions = {},
): string {
  const { base, theme } = context;
  const main = body instanceof Html ? body : new Html(body);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · ${theme.name}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${base}/assets/pages.css" />
        <link rel="stylesheet" href="${base}/assets/theme.css" />
      </head>
      <body>
        <header class="top${options.width === 'wide' && ' wide'}">
          ${theme.logo === undefined ? html`<span class="mark" aria-hidden="true">${initialOf(theme.name)}</span>` : html`<img class="logo" src="${theme.logo}" alt="" />`}
          <span class="name">${theme.name}</span>
          ${options.header}
        </header>
        <main id="main" class="${options.width ?? 'narrow'}">${main}</main>
      </body>
    </html> `.text;
}

/** The first letter or digit of a name; a name need not have one. */
const initialOf = (name: string): string => (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '•').toUpperCase();
