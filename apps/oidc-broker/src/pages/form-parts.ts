import type { PageContext } from '../logins/login.types.ts';
import { type Html, html, type HtmlPart } from './html.ts';

/** One field of a form. */
export interface Field {
  name: string;
  label: string;
  /** Default `text`. */
  type?: 'text' | 'password' | 'email' | 'tel';
  /** What browsers and password managers fill in: `username`, `current-password`, `new-password`, `one-time-code`, … */
  autocomplete: string;
  value?: string | undefined;
  hint?: string | undefined;
  /** What the last submission was told of this very field. */
  error?: string | undefined;
  /** `numeric`: the phone shows digits. */
  inputmode?: 'numeric';
  maxlength?: number;
  /** Where typing begins: the first field of a page, where there is one to fill in. */
  autofocus?: boolean;
}

/** A labelled input; hint and error are described to who cannot see them, too. */
export function field(options: Field): Html {
  const { name, error, hint } = options;
  const told = [hint !== undefined && `${name}-hint`, error !== undefined && `${name}-error`];
  const describedBy = told.filter((id) => id !== false).join(' ');
  return html`<div class="field">
    <label for="${name}">${options.label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p> `}<input
      id="${name}"
      name="${name}"
      type="${options.type ?? 'text'}"
      autocomplete="${options.autocomplete}"
      required
      ${
        options.value !== undefined && html` value="${options.value}"`
      }${options.inputmode && html` inputmode="${options.inputmode}" class="code"`}${
        options.maxlength && html` maxlength="${options.maxlength}"`
      }${describedBy !== '' && html` aria-describedby="${describedBy}"`}${
        error !== undefined && html` aria-invalid="true"`
      }${(options.autofocus || error !== undefined) && html` autofocus`}
      autocapitalize="none"
      spellcheck="false"
    />
    ${error !== undefined && html`<p class="problem" id="${name}-error" role="alert">${error}</p> `}
  </div> `;
}

/** What the last submission was told: announced at once, and where a form's `aria-describedby="problem"` finds it. */
export const alert = (error: string | undefined): Html | undefined =>
  error === undefined ? undefined : html`<p class="alert" id="problem" role="alert">${error}</p> `;

/** Something good that happened; read out without interrupting. */
export const notice = (text: string | undefined): Html | undefined =>
  text === undefined ? undefined : html`<p class="notice" role="status">${text}</p> `;

/** The form of a login's page: goes to the page itself and carries the login's version. */
export const loginForm = (context: PageContext, ...parts: HtmlPart[]): Html =>
  html`<form method="post" action="${context.action ?? ''}" class="stack">
    <input type="hidden" name="version" value="${context.version ?? 0}" />
    ${context.formToken !== undefined && html`<input type="hidden" name="token" value="${context.formToken}" />`}
    ${parts}
  </form> `;

/** Buttons of a form. The first is what the page is for. */
export const actions = (...buttons: HtmlPart[]): Html => html`<div class="actions">${buttons}</div> `;

/** A submitting button. `value` is sent under `name` (default `action`). `quiet` beside the main one; `danger` undoes. */
export const button = (
  label: string,
  options: { name?: string; value?: string; kind?: 'quiet' | 'danger' | 'link'; skipsChecks?: boolean } = {},
): Html =>
  html`<button${options.kind && html` class="${options.kind}"`}${
    options.value !== undefined && html` name="${options.name ?? 'action'}" value="${options.value}"`
  }${options.skipsChecks && html` formnovalidate`}>${label}</button>`;
