import { alert, button, field, notice } from '../pages/form-parts.ts';
import { type Html, html, type HtmlPart } from '../pages/html.ts';
import { layout } from '../pages/layout.ts';
import { about, type AccountPage, changeForm, confirmAt, rowButton } from './account-forms.ts';
import { otherFactors, passkeyRows } from './factor-parts.page.ts';
import type { AccountView } from './account.types.ts';
import { browserInWords, dateInWords, methodsInWords, timeInWords } from './words.decide.ts';

/** What the last form was told. */
export interface Told {
  notice?: string | undefined;
  error?: { about: 'password' | 'page'; text: string } | undefined;
}

const card = (id: string, title: string, ...parts: HtmlPart[]): Html =>
  html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${parts}
  </section> `;

/** The user's own page: what they sign in with, where they are signed in, what they have allowed. */
export function accountPage(page: AccountPage, view: AccountView, told: Told = {}): string {
  return layout(
    page.context,
    'Your account',
    html`<h1>Your account</h1>
      <p>
        Signed in as
        <strong>${view.name ?? view.username}</strong>${view.name !== undefined && html` (${view.username})`}.
      </p>
      ${notice(told.notice)}${told.error?.about === 'page' && alert(told.error.text)}${view.standing !== 'sure' && confirmCard(page, view)}
      ${passwordCard(page, view, told)}${passcodeCard(page, view)}${passkeyCard(page, view)}${devicesCard(page, view)}${sessionsCard(page, view)}${consentsCard(page, view)}`,
    {
      width: 'wide',
      header: html`<nav aria-label="Account"><a href="${page.context.base}/logout">Sign out</a></nav> `,
    },
  );
}

const confirmCard = ({ home }: AccountPage, { passcode }: AccountView): Html =>
  card(
    'confirm',
    'Making changes',
    html`<p>
        To change how you sign in, confirm that it is
        you${passcode === 'held' && '; you may be asked for your images'}. You can make changes for five
        minutes then.
      </p>
      <p><a class="button" href="${confirmAt(home, 'confirm')}">Confirm it is you</a></p> `,
  );

const passwordCard = (page: AccountPage, view: AccountView, told: Told): Html | false =>
  view.hasPassword &&
  card(
    'password-title',
    'Password',
    view.standing !== 'sure'
      ? html`<p class="hint">Set. Confirm that it is you to change it.</p> `
      : changeForm(
          page,
          'change-password',
          html`<div class="stack">
            <input type="hidden" name="username" autocomplete="username" value="${view.username}" />
            ${field({
              ...{
                name: 'current',
                label: 'Current password',
                type: 'password',
                autocomplete: 'current-password',
              },
              ...{ maxlength: 1024 },
            })}${field({
              ...{ name: 'password', label: 'New password', type: 'password', autocomplete: 'new-password' },
              hint: `At least ${view.passwordMinLength} characters. A few words that do not belong together are good.`,
              error: told.error?.about === 'password' ? told.error.text : undefined,
              maxlength: 1024,
            })}
            <div class="actions">${button('Change password')}</div>
          </div> `,
        ),
  );

const passcodeCard = (page: AccountPage, { passcode, standing }: AccountView): Html =>
  card(
    'passcode-title',
    'Image passcode',
    html`<p class="hint">
      ${passcode === 'none' ? 'You have none. It is a secret row of images that applications can ask for as a second step.' : 'You have one. Applications can ask for it as a second step. To change or remove it you must show it; if you have forgotten it, ask those who run this service to take it away.'}
    </p> `,
    standing === 'sure' && html`<div class="actions">${passcodeActions(page, passcode)}</div> `,
  );

function passcodeActions(page: AccountPage, passcode: AccountView['passcode']): Html {
  const link = (path: string, label: string): Html =>
    html`<a class="button quiet" href="${page.home}/${path}">${label}</a>`;
  if (passcode === 'none') return link('passcode', 'Choose images');
  if (passcode === 'held') return link('confirm', 'Change or remove it');
  return html`${link('passcode', 'Choose new images')}
  ${changeForm(page, 'remove-passcode', button('Remove it', { kind: 'danger' }))}`;
}

const passkeyCard = (page: AccountPage, view: AccountView): Html =>
  card(
    'passkeys-title',
    'Passkeys and codes',
    view.factors === undefined
      ? html`<p class="hint">These cannot be shown right now. Try again in a minute.</p> `
      : html`${passkeyRows(page, view.factors, view.standing === 'sure')}${otherFactors(view.factors)}`,
  );

const devicesCard = (page: AccountPage, { devices }: AccountView): Html =>
  card(
    'devices-title',
    'Remembered devices',
    devices.length === 0
      ? html`<p class="hint">None: no browser skips a second step.</p> `
      : html`<p class="hint">Here a second step may be skipped until the time is up.</p>
          <ul class="rows">
            ${devices.map(
              ({ id, userAgent, clientAddress, issuedAt, expiresAt }) =>
                html`<li>
                  <div>
                    ${browserInWords(userAgent)}<span class="hint"
                      >${clientAddress} · until ${dateInWords(expiresAt)}</span
                    >
                  </div>
                  ${changeForm(page, 'forget-device', about(id), rowButton('Forget', `${browserInWords(userAgent)}, since ${dateInWords(issuedAt)}`))}
                </li> `,
            )}
          </ul>
          ${devices.length > 1 && changeForm(page, 'forget-devices', button('Forget all devices', { kind: 'danger' }))}`,
  );

const sessionsCard = (page: AccountPage, { sessions }: AccountView): Html =>
  card(
    'sessions-title',
    'Where you are signed in',
    html`<ul class="rows">
      ${sessions.map(({ sessionId, at, amr, isThis }) => {
        const since = timeInWords(new Date(at * 1000));
        const end = () =>
          changeForm(page, 'end-session', about(sessionId), rowButton('Sign out', `since ${since}`));
        return html`<li>
          <div>${since}<span class="hint">by ${methodsInWords(amr)}</span></div>
          ${isThis ? html`<span class="tag">this browser</span>` : end()}
        </li> `;
      })}
    </ul> `,
    sessions.length > 2 &&
      changeForm(page, 'end-sessions', button('Sign out everywhere else', { kind: 'danger' })),
  );

const consentsCard = (page: AccountPage, { consents }: AccountView): Html =>
  card(
    'consents-title',
    'What you have allowed',
    consents.length === 0
      ? html`<p class="hint">No application.</p> `
      : html`<ul class="rows">
          ${consents.map(
            ({ grantId, clientName, scopes, at }) =>
              html`<li>
                <div>
                  <strong>${clientName}</strong><span class="hint">${scopes.join('; ')}</span
                  ><span class="hint">since ${dateInWords(new Date(at * 1000))}</span>
                </div>
                ${changeForm(page, 'revoke-consent', about(grantId), rowButton('Revoke', clientName))}
              </li> `,
          )}
        </ul> `,
  );
