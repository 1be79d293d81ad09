/// <reference lib="dom" />
import type { TotpSetup } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { kept, remember } from './authenticator.ts';
import { copyButton, h } from './dom.ts';

/** QR code and secret; beside the page's own authenticator app, for who has none at hand. */
export function totpSetupView(app: App, { secret, uri, qr }: TotpSetup): HTMLElement {
  const { username } = app.mfa.getSessionDetails();
  const isKept = kept().some((account) => account.secret === secret);
  const keep = () => {
    remember({ label: `${app.appId}: ${username}`, secret });
    app.onChange(false);
  };
  const add = isKept
    ? h('span', { class: 'tag good' }, 'in this page’s own authenticator app')
    : h(
        'button',
        { type: 'button', id: 'use-own-app', on: { click: keep } },
        'Add it to this page’s own app',
      );
  return h(
    'div',
    { class: 'setup' },
    qr &&
      h('img', { class: 'qr', src: qr, alt: 'QR code for an authenticator app', width: 200, height: 200 }),
    h(
      'div',
      {},
      h('p', {}, 'Scan it with an authenticator app, or type the secret:'),
      h(
        'p',
        {},
        h('code', { class: 'secret', id: 'totp-secret' }, grouped(secret)),
        ' ',
        copyButton(() => secret),
      ),
      h('p', {}, h('a', { href: uri }, 'Open in an app on this device')),
      h('p', {}, add),
    ),
  );
}

/** Codes that are never shown again. */
export const recoveryCodesView = (codes: string[]): HTMLElement =>
  h(
    'div',
    { class: 'setup' },
    h(
      'div',
      {},
      h(
        'p',
        {},
        'Keep these where you would keep a spare key. Each opens the account once; they are never shown again.',
      ),
      h(
        'ol',
        { class: 'codes', id: 'recovery-codes' },
        codes.map((code) => h('li', {}, h('code', {}, code))),
      ),
      h(
        'p',
        { class: 'actions' },
        copyButton(() => codes.join('\n'), 'Copy all'),
      ),
    ),
  );

const grouped = (secret: string): string => secret.replace(/(.{4})(?=.)/g, '$1 ');
