import type { PageContext } from '../logins/login.types.ts';
import { type Html, html, type HtmlPart } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import type { OwnVisit } from './account-door.ts';
import type { Standing } from './account.types.ts';

/** A page's context, and what its forms carry. */
export type AccountPage = Pick<OwnVisit, 'context' | 'home' | 'formToken'>;

/** A form of one button: `action`, and what it is about. */
export const changeForm = ({ home, formToken }: AccountPage, action: string, ...parts: HtmlPart[]): Html =>
  html`<form method="post" action="${home}">
    <input type="hidden" name="token" value="${formToken}" />
    <input type="hidden" name="action" value="${action}" />
    ${parts}
  </form> `;

/** A page of one change, at `at` below the account: its form comes back to it, a link leads to the account. */
export async function pageOfChange(
  { context, home, formToken }: AccountPage,
  { at, title }: { at: string; title: string },
  body: (page: PageContext) => Promise<string>,
): Promise<string> {
  const page = { ...context, action: `${home}/${at}`, formToken };
  const header = html`<nav><a href="${home}">Your account</a></nav>`;
  return layout(page, title, await body(page), { header });
}

/** Where somebody goes who may not make changes yet. */
export const confirmAt = (home: string, standing: Exclude<Standing, 'sure'>): string =>
  standing === 'images' ? `${home}/confirm` : `${home}/sign-in?confirm=yes`;

/** The id of what a form's button is about. */
export const about = (id: string): Html => html`<input type="hidden" name="id" value="${id}" /> `;

/** `button` with words for those who do not see what it stands beside. */
export const rowButton = (label: string, what: string): Html =>
  html`<button class="quiet">${label}<span class="hidden-text"> ${what}</span></button>`;
