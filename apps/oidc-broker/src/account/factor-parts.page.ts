import { type Html, html } from '../pages/html.ts';
import { about, type AccountPage, changeForm, rowButton } from './account-forms.ts';
import type { Factor } from './account.types.ts';
import { dateInWords } from './words.decide.ts';

/** The user's passkeys, to be removed one by one where that may be done now. */
export function passkeyRows(page: AccountPage, factors: readonly Factor[], mayRemove: boolean): Html {
  const passkeys = factors.filter(({ kind }) => kind === 'passkey');
  if (passkeys.length === 0) return html`<p class="hint">You have no passkeys.</p> `;
  return html`<ul class="rows">
    ${passkeys.map(
      ({ id, label, createdAt, lastUsedAt, suspect }) =>
        html`<li>
          <div>
            ${label}${suspect && html` <span class="tag">may have been copied</span>`}<span class="hint"
              >Passkey · made
              ${dateInWords(new Date(createdAt))}${lastUsedAt !== undefined && `, last used ${dateInWords(new Date(lastUsedAt))}`}</span
            >
          </div>
          ${mayRemove && changeForm(page, 'remove-passkey', about(id), rowButton('Remove', label))}
        </li> `,
    )}
  </ul> `;
}

/** What else the user can be asked for; it is changed in the application. */
export function otherFactors(factors: readonly Factor[]): Html | false {
  const others = factors.filter(({ kind, verified }) => kind !== 'passkey' && verified !== false);
  return (
    others.length > 0 &&
    html`<ul class="rows">
      ${others.map(
        ({ kind, label }) =>
          html`<li>
            <div>${label}<span class="hint">${KINDS[kind] ?? kind}</span></div>
          </li> `,
      )}
    </ul> `
  );
}

const KINDS: Readonly<Record<string, string>> = {
  'otp:email': 'Codes by e-mail',
  'otp:sms': 'Codes by SMS',
  totp: 'Codes of an app',
  recovery: 'For when nothing else is at hand',
};
