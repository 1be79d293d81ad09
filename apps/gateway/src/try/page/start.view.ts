/// <reference lib="dom" />
import type { EnrolAction } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { byId, h } from './dom.ts';

const EXTRAS: [EnrolAction, string][] = [
  ['passkey:reg', 'a passkey'],
  ['totp:enrol', 'an authenticator app'],
  ['recovery:enrol', 'recovery codes'],
  ['email:enrol', 'an e-mail address'],
  ['sms:enrol', 'a phone number'],
];

const value = (id: string): string => (byId(id) as HTMLInputElement).value.trim();
const field = (id: string, label: string, props: Record<string, unknown>) =>
  h('p', { class: 'field' }, h('label', { for: id }, label), h('input', { id, ...props }));

const HINTS = {
  'sign-in': 'Yields access, id and refresh token.',
  transaction: 'Yields payloadSignature: a JWS over exactly this payload, which a third party can verify.',
};
type Purpose = keyof typeof HINTS;
/** Survives a new drawing of the form. */
let purpose: Purpose = 'sign-in';

/** Who, and what for. */
export function startView(app: App): HTMLElement {
  const { username } = app.mfa.getSessionDetails();
  const known = username || app.login?.username || (app.isDemo ? app.settings.demo!.username : '');
  const form = h(
    'form',
    { class: 'card', 'aria-labelledby': 'who' },
    h('h2', { id: 'who' }, 'Who, and what for?'),
    h(
      'div',
      { class: 'row' },
      field('username', 'Username', {
        autocomplete: 'username webauthn',
        required: true,
        value: known,
        maxlength: 256,
      }),
      applicationField(app),
    ),
    purposes(),
    h('div', { id: 'purpose' }, purposeFields()),
    h('p', { class: 'actions' }, h('button', { class: 'primary', id: 'begin' }, 'Begin')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void app.begin(value('username'), purpose === 'transaction' ? transaction() : { enrol: wanted(form) });
  });
  return form;
}

/** Another application is another host: passkeys are for one of them. */
function applicationField(app: App): HTMLElement {
  const input = h('input', {
    id: 'application',
    value: app.appId,
    spellcheck: 'false',
    autocapitalize: 'none',
  });
  input.addEventListener('change', () => {
    const label = input.value.trim().toLowerCase();
    const [, ...rest] = location.host.split('.');
    const isLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label);
    if (isLabel && label !== app.appId)
      location.assign(`${location.protocol}//${[label, ...rest].join('.')}/try`);
    else input.value = app.appId;
  });
  return h('p', { class: 'field' }, h('label', { for: 'application' }, 'Application'), input);
}

function purposes(): HTMLElement {
  const choice = (name: Purpose, label: string) => {
    const input = h('input', {
      type: 'radio',
      name: 'purpose',
      id: `for-${name}`,
      checked: purpose === name,
    });
    input.addEventListener('change', () => {
      purpose = name;
      byId('purpose').replaceChildren(purposeFields());
    });
    return h('label', { class: 'segment' }, input, h('span', {}, label));
  };
  return h(
    'fieldset',
    { class: 'segments' },
    h('legend', { class: 'unseen' }, 'What for'),
    choice('sign-in', 'Sign in'),
    choice('transaction', 'Confirm a transaction'),
  );
}

const purposeFields = (): HTMLElement =>
  purpose === 'transaction'
    ? h(
        'div',
        {},
        h(
          'div',
          { class: 'row' },
          field('payee', 'To', { value: 'ACME Power & Water', maxlength: 200 }),
          field('amount', 'Amount in EUR', { value: '125.00', inputmode: 'decimal', maxlength: 20 }),
        ),
        h('p', { class: 'hint' }, HINTS.transaction),
      )
    : h(
        'div',
        {},
        h(
          'fieldset',
          { class: 'checks' },
          h('legend', {}, 'and then set up'),
          EXTRAS.map(([action, label]) =>
            h('label', {}, h('input', { type: 'checkbox', name: 'enrol', value: action }), label),
          ),
        ),
        h('p', { class: 'hint' }, HINTS['sign-in']),
      );

const wanted = (form: HTMLFormElement): EnrolAction[] =>
  [...form.querySelectorAll<HTMLInputElement>('input[name=enrol]:checked')].map(
    (input) => input.value as EnrolAction,
  );

/** What the user is to confirm: JSON, as a bank would send. */
export const payloadOf = (payee: string, amount: string): string =>
  JSON.stringify({ type: 'transfer', to: payee, amount, currency: 'EUR' });

const transaction = () => ({ txPayload: payloadOf(value('payee'), value('amount')) });
