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
  challenge:
    'Yields the decision on a challenge of your back end. POST /v1/challenges/{id}/tickets makes a ticket, for once.',
};
type Purpose = keyof typeof HINTS;
/** Survives a new drawing of the form. */
let purpose: Purpose = 'sign-in';

/** Who, and what for. */
export function startView(app: App, title = 'Who, and what for?'): HTMLElement {
  const { username } = app.mfa.getSessionDetails();
  const known = username || app.login?.username || (app.isDemo ? app.settings.demo!.username : '');
  const form = h(
    'form',
    { class: 'card', 'aria-labelledby': 'who' },
    h('h2', { id: 'who' }, title),
    h(
      'div',
      { class: 'row' },
      field('username', 'Username', {
        ...{ autocomplete: 'username webauthn', value: known, maxlength: 256, spellcheck: 'false' },
        placeholder: 'empty: the passkey says who',
      }),
      applicationField(app),
    ),
    purposes(),
    h('div', { id: 'purpose' }, purposeFields()),
    h('p', { class: 'actions' }, h('button', { class: 'primary', id: 'begin' }, 'Begin')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (purpose === 'challenge') void app.begin(value('username'), { beginTicket: value('ticket') });
    else
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
    choice('challenge', 'Answer a challenge'),
  );
}

function purposeFields(): HTMLElement {
  const hint = h('p', { class: 'hint' }, HINTS[purpose]);
  if (purpose === 'transaction')
    return h(
      'div',
      {},
      h(
        'div',
        { class: 'row' },
        field('payee', 'To', { value: 'ACME Power & Water', maxlength: 200 }),
        field('amount', 'Amount in EUR', { value: '125.00', inputmode: 'decimal', maxlength: 20 }),
      ),
      hint,
    );
  if (purpose === 'challenge')
    return h(
      'div',
      {},
      h(
        'div',
        { class: 'row' },
        field('ticket', 'Ticket', { required: true, autocomplete: 'off', maxlength: 128 }),
      ),
      hint,
    );
  const checks = EXTRAS.map(([action, label]) =>
    h('label', {}, h('input', { type: 'checkbox', name: 'enrol', value: action }), label),
  );
  return h('div', {}, h('fieldset', { class: 'checks' }, h('legend', {}, 'and then set up'), checks), hint);
}

const wanted = (form: HTMLFormElement): EnrolAction[] =>
  [...form.querySelectorAll<HTMLInputElement>('input[name=enrol]:checked')].map(
    (input) => input.value as EnrolAction,
  );

/** What the user is to confirm: JSON, as a bank would send. */
export const payloadOf = (payee: string, amount: string): string =>
  JSON.stringify({ type: 'transfer', to: payee, amount, currency: 'EUR' });

const transaction = () => ({ txPayload: payloadOf(value('payee'), value('amount')) });
