/// <reference lib="dom" />
import type { ActionName, NextItem } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { codeForm, idOf, oneField } from './code-form.ts';
import { type Child, h } from './dom.ts';
import { externalForm } from './external.form.ts';
import { recoveryCodesView, totpSetupView } from './shown-once.view.ts';
import { payloadOf } from './start.view.ts';

/** What performs an offered action. */
export function actionForm(app: App, item: NextItem): Child {
  const { name } = item.action;
  switch (name) {
    case 'external':
      return externalForm(app);
    case 'passkey:reg':
    case 'passkey:auth':
      return button(app, name, name === 'passkey:reg' ? 'Create the passkey' : 'Use the passkey');
    case 'passkey:tx':
      return transactionForm(app);
    case 'otp:email':
    case 'otp:sms':
      return messageForm(app, name, item);
    case 'totp:verify':
    case 'recovery:verify':
    case 'otp:verify':
      return codeForm(app, name, { text: name === 'recovery:verify' });
    case 'totp:enrol':
      return app.shown.totp
        ? [totpSetupView(app, app.shown.totp), codeForm(app, name, { label: 'The code it shows now' })]
        : button(app, name, 'Show the QR code');
    case 'recovery:enrol':
      return app.shown.recoveryCodes
        ? [
            recoveryCodesView(app.shown.recoveryCodes),
            codeForm(app, name, { text: true, label: 'Type one of them back, to prove you kept them' }),
          ]
        : button(app, name, 'Show ten codes, once');
    case 'email:enrol':
    case 'sms:enrol':
      return contactForm(app, name);
    default:
      return h(
        'p',
        { class: 'hint' },
        'Newer than this page. An SDK that does not know it is not broken by it.',
      );
  }
}

const button = (app: App, name: ActionName, label: string): HTMLElement =>
  h(
    'p',
    { class: 'actions' },
    h(
      'button',
      {
        type: 'button',
        class: 'primary',
        id: `do-${idOf(name)}`,
        on: { click: () => void app.perform(name) },
      },
      label,
    ),
  );

function messageForm(app: App, name: 'otp:email' | 'otp:sms', { options = [] }: NextItem): Child {
  const chosen = () =>
    document.querySelector<HTMLInputElement>(`input[name=${idOf(name)}]:checked`)?.value ?? options[0]?.value;
  return [
    h(
      'fieldset',
      { class: 'checks' },
      h('legend', {}, 'Where to'),
      options.map(({ value, label }, index) =>
        h(
          'label',
          {},
          h('input', { type: 'radio', name: idOf(name), value, checked: index === 0 }),
          label ?? value,
        ),
      ),
    ),
    h(
      'p',
      { class: 'actions' },
      h(
        'button',
        {
          ...{ type: 'button', id: `do-${idOf(name)}`, class: app.sent === name ? '' : 'primary' },
          on: { click: () => void app.perform(name, { payload: chosen() }) },
        },
        app.sent === name ? 'Send another' : 'Send a code',
      ),
    ),
    app.sent === name && codeForm(app, 'otp:verify', { label: 'The code you got', as: name }),
  ];
}

function contactForm(app: App, name: 'email:enrol' | 'sms:enrol'): Child {
  const [label, props] =
    name === 'email:enrol'
      ? ['E-mail address', { type: 'email', autocomplete: 'email', placeholder: 'dana@example.com' }]
      : [
          'Phone number, with its country',
          { type: 'tel', autocomplete: 'tel', placeholder: '+49 151 23456789' },
        ];
  return [
    oneField(`address-${idOf(name)}`, label as string, props as Record<string, unknown>, [
      app.sent === name ? 'Send another' : 'Send a code there',
      (typed) => void app.perform(name, { address: typed.replace(/(?<=[\d+])\s+/g, '').trim() }),
      app.sent === name ? 'secondary' : 'primary',
    ]),
    app.sent === name && codeForm(app, name, { label: 'The code that came' }),
  ];
}

/** The user sees what they sign; what is signed can still be changed, and the options with it. */
function transactionForm(app: App): Child {
  return [
    app.payload !== undefined && h('pre', { class: 'payload' }, pretty(app.payload)),
    button(app, 'passkey:tx', 'Sign exactly this'),
    app.payload !== undefined &&
      oneField('new-amount', 'or change the amount', { inputmode: 'decimal', maxlength: 20 }, [
        'Change',
        (amount) =>
          void app.run(async () => {
            const before = JSON.parse(app.payload ?? '{}') as { to?: string };
            app.payload = payloadOf(before.to ?? '', amount);
            await app.mfa.updatePayload(app.payload);
            app.tell(
              {
                title: '200: the payload was replaced',
                text: 'New session, new challenge: the old one is void.',
              },
              'good',
            );
          }),
        'secondary',
      ]),
  ];
}

function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
