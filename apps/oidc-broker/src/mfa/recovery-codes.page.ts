import type { PageContext } from '../logins/login.types.ts';
import { actions, button, field, loginForm } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';

/** The codes, one a line: to be copied, printed or written down. They are shown on this page and on no other. */
export const codesShown = (context: PageContext, codes: readonly string[], leave: Html): Html =>
  html`<p>
      Keep these codes where you find them without your phone: in a password manager, or on paper. Each of
      them lets you in once, when you have nothing else at hand.
    </p>
    <pre class="codes">${codes.join('\n')}</pre>
    <p class="hint">
      They are shown here only. Codes that you got earlier are good until you have confirmed these.
    </p>
    ${loginForm(context, actions(button('I have kept them', { value: 'kept' }), leave))}`;

/** One of them is typed back: who can has kept them. */
export const codeTypedBack = (context: PageContext, leave: Html): Html =>
  html`<p>Type one of the codes that you have just kept. It stays good.</p>
    ${loginForm(
      context,
      field({
        ...{ name: 'code', label: 'One of your codes', autocomplete: 'off', maxlength: 40, autofocus: true },
        hint: 'Like 7M2K-0QX4-9TRB-C1HD',
      }),
      actions(
        button('Continue', { value: 'verify' }),
        button('Show other codes', { value: 'again', kind: 'quiet', skipsChecks: true }),
        leave,
      ),
    )}`;
