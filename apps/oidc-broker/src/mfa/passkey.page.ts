import type { PageContext } from '../logins/login.types.ts';
import { loginForm } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';

/** The script of passkey pages, served here. */
export const passkeyScript = ({ base }: PageContext): Html =>
  html`<script src="${base}/assets/passkey.js" type="module"></script> `;

/**
 * A form that hands over what an authenticator signed. `options` as the orchestrator made them, base64url of JSON; the
 * first button of `buttons` begins.
 */
export const passkeyForm = (
  context: PageContext,
  action: 'passkey:auth' | 'passkey:reg',
  options: string,
  buttons: Html,
): Html =>
  html`<p>Your device asks for your fingerprint, face or screen lock.</p>
    <noscript
      ><p class="alert">
        A passkey needs JavaScript. Choose another way, or allow it for this page.
      </p></noscript
    >
    ${loginForm(
      context,
      html`<input type="hidden" name="passkey" value="" data-passkey="${action}" data-options="${options}" />
        <p class="alert" data-passkey-problem role="alert" hidden></p> `,
      buttons,
    )}
    ${passkeyScript(context)}`;
