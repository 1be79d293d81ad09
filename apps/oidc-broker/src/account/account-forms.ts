import type { PageContext } from '../logins/login.types.ts';
import { type Html, html, type HtmlPart } from '../pages/html.ts';

/** A page's context, and what its forms carry. */
export interface AccountPage {
  context: PageContext;
  formToken: string;
}

/** A form of one button: `action`, and what it is about. */
export const changeForm = ({ context, formToken }: AccountPage, action: string, ...parts: HtmlPart[]): Html =>
  html`<form method="post" action="${context.base}/account">
    <input type="hidden" name="token" value="${formToken}" />
    <input type="hidden" name="action" value="${action}" />
    ${parts}
  </form> `;

/** The way back from a page of one change. */
export const back = (base: string): Html => html`<nav><a href="${base}/account">Your account</a></nav>`;

/** The id of what a form's button is about. */
export const about = (id: string): Html => html`<input type="hidden" name="id" value="${id}" /> `;

/** `button` with words for those who do not see what it stands beside. */
export const rowButton = (label: string, what: string): Html =>
  html`<button class="quiet">${label}<span class="hidden-text"> ${what}</span></button>`;
