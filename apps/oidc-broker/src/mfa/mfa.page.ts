import type { PageContext } from '../logins/login.types.ts';
import { actions, alert, button, field, loginForm } from '../pages/form-parts.ts';
import { type Html, html } from '../pages/html.ts';
import type { ChosenAction, MfaOffer } from './mfa.types.ts';
import { codesShown, codeTypedBack } from './recovery-codes.page.ts';
import { passkeyForm, passkeyScript } from './passkey.page.ts';

/** How ways are called on pages; what is not here cannot be done here. */
const WAYS: Readonly<Record<string, string>> = {
  'otp:email': 'E-mail to',
  'otp:sms': 'Text message to',
  'totp:verify': 'Authenticator app',
  'recovery:verify': 'Recovery code',
  'passkey:auth': 'Passkey',
  'email:enrol': 'Add an e-mail address',
  'sms:enrol': 'Add a phone number',
  'totp:enrol': 'Set up an authenticator app',
  'recovery:enrol': 'Get recovery codes',
  'passkey:reg': 'Create a passkey',
};

/** A choice as its button sends it: the action and, for codes that are sent, where to. */
export const choiceOf = (action: string, option?: string): string =>
  option === undefined ? action : `${action}|${option}`;

/** Offers that a page of ours can do. */
export const possible = (offers: readonly MfaOffer[]): MfaOffer[] =>
  offers.filter(({ action }) => WAYS[action] !== undefined);

/** The way out: the flow is left, and nobody is signed in. */
const cancel = button('Cancel', { value: 'cancel', kind: 'link', skipsChecks: true });

/** The page on which a user says how they go on: exactly what they have, addresses masked (seed C2). */
export function choosePage(
  context: PageContext,
  { offers, rpId, error }: { offers: MfaOffer[]; rpId: string; error?: string | undefined },
): string {
  const ways = possible(offers);
  if (ways.length === 0 && offers.length > 0)
    return html`<h1>This cannot be done here</h1>
      ${alert(error)}
      <p>
        ${context.clientName ?? context.theme.name} asks for a step that these pages do not have:
        ${offers.map(({ label }) => label).join(', ')}. Ask whoever runs ${context.theme.name} for help.
      </p>
      ${loginForm(context, actions(cancel))}`.text;
  if (ways.length === 0)
    return html`<h1>A second step is needed</h1>
      ${alert(error)}
      <p>
        There is no way to prove that it is you: no verified e-mail address, phone number or other second step
        is known for your account. Ask whoever runs ${context.theme.name} for help.
      </p>
      ${loginForm(context, actions(cancel))}`.text;
  const buttons = ways.flatMap((offer) => waysOf(offer, rpId));
  const isEnrolling = ways.every(({ action }) => /:(enrol|reg)$/.test(action));
  const isRecovery = ways.every(({ action }) => action === 'recovery:enrol');
  const question = isRecovery
    ? 'Get codes for the day you lose everything else.'
    : isEnrolling
      ? 'You have none yet: add one.'
      : 'How do you want to confirm?';
  return html`<h1>Confirm that it is you</h1>
    ${alert(error)}
    <p>
      ${context.clientName ?? context.theme.name} asks for ${isRecovery ? 'one more thing' : 'a second step'}.
      ${question}
    </p>
    ${
      ways.every(({ action }) => action.startsWith('passkey:')) &&
      html`<p class="alert" data-passkey-missing>
        This step is a passkey, and here none can be used: that takes JavaScript, a browser and a device that
        know passkeys, and a page of ${rpId}.
      </p> `
    }
    ${loginForm(context, html`<div class="choices">${buttons}</div> `, actions(cancel))}
    ${ways.some(({ action }) => action.startsWith('passkey:')) && passkeyScript(context)}`.text;
}

function waysOf({ action, options }: MfaOffer, rpId: string): Html[] {
  const name = 'choose';
  if (action.startsWith('otp:'))
    return options.map(({ value, label }) =>
      button(`${WAYS[action]} ${label ?? 'your address'}`, { name, value: choiceOf(action, value) }),
    );
  const plain = button(WAYS[action] ?? action, { name, value: choiceOf(action) });
  // shown by the script, where the page's host can use one
  return action.startsWith('passkey:')
    ? [html`<div data-passkey-rp="${rpId}" hidden>${plain}</div> `]
    : [plain];
}

/** Ways off the page of one way. */
const leave = html`${button('Another way', { value: 'other', kind: 'quiet', skipsChecks: true })}${cancel}`;

/** What else can be done on the page of one way. */
const others = (...more: Html[]): Html => actions(button('Continue', { value: 'verify' }), ...more, leave);

const codeField = (label: string, options: { hint?: string; letters?: boolean } = {}): Html =>
  field({
    ...{ name: 'code', label, autocomplete: 'one-time-code', maxlength: 40, autofocus: true },
    ...(!options.letters && { inputmode: 'numeric' as const }),
    hint: options.hint,
  });

/** The page of the way that was chosen. */
export function chosenPage(
  context: PageContext,
  chosen: ChosenAction,
  { offers, error }: { offers: MfaOffer[]; error?: string | undefined },
): string {
  const { action, option, label } = chosen;
  const page = (title: string, ...parts: (Html | undefined)[]) =>
    html`<h1>${title}</h1>
      ${alert(error)} ${parts}`.text;
  const again = button('Send another code', { value: 'again', kind: 'quiet', skipsChecks: true });
  switch (action) {
    case 'otp:email':
    case 'otp:sms':
      return page(
        'Type the code',
        html`<p>We have sent a code to <strong>${label ?? 'you'}</strong>. It can be used once.</p> `,
        loginForm(context, codeField('Code'), others(again)),
      );
    case 'email:enrol':
    case 'sms:enrol':
      return option === undefined
        ? page(WAYS[action]!, loginForm(context, addressField(action), others()))
        : page(
            'Type the code',
            html`<p>We have sent a code to <strong>${option}</strong>.</p> `,
            loginForm(context, codeField('Code'), others(again)),
          );
    case 'totp:enrol':
      return page(
        WAYS[action]!,
        html`<p>
            Scan this with your authenticator app, or type the key into it. Then type the code it shows.
          </p>
          <img class="qr" src="${chosen.totp?.qr ?? ''}" alt="QR code of the key below" />
          <p>Key: <code>${chosen.totp?.secret ?? ''}</code></p> `,
        loginForm(context, codeField('Code of the app'), others()),
      );
    case 'recovery:enrol':
      return chosen.codes
        ? page('Your recovery codes', codesShown(context, chosen.codes, leave))
        : page(WAYS[action]!, codeTypedBack(context, leave));
    case 'recovery:verify':
      return page(
        WAYS[action]!,
        loginForm(context, codeField('One of the codes you kept', { letters: true }), others()),
      );
    case 'passkey:auth':
    case 'passkey:reg':
      return page(WAYS[action]!, passkeyForm(context, action, ceremonyOf(offers, action), others()));
    default:
      return page(
        WAYS[action] ?? 'Type the code',
        loginForm(context, codeField('Code of the app'), others()),
      );
  }
}

const addressField = (action: 'email:enrol' | 'sms:enrol'): Html =>
  action === 'email:enrol'
    ? field({
        name: 'address',
        label: 'E-mail address',
        type: 'email',
        autocomplete: 'email',
        autofocus: true,
      })
    : field({
        ...{ name: 'address', label: 'Phone number', type: 'tel', autocomplete: 'tel', autofocus: true },
        hint: 'With its country: +49 151 …',
      });

/** The options of a ceremony: the first option of its action, base64url of JSON (contracts §1.4). */
const ceremonyOf = (offers: MfaOffer[], action: string): string =>
  offers.find((offer) => offer.action === action)?.options[0]?.value ?? '';
