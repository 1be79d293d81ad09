/// <reference lib="dom" />
import type { EnrolAction, Passkey } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { type Child, fill, h } from './dom.ts';
import { icon, iconOf } from './icons.ts';

const ADD: [EnrolAction, string][] = [
  ['passkey:reg', 'Passkey'],
  ['totp:enrol', 'Authenticator app'],
  ['recovery:enrol', 'Recovery codes'],
  ['email:enrol', 'E-mail'],
  ['sms:enrol', 'Phone number'],
];

/** What the signed-in user has, and may add or remove. Read from the server each time it is drawn anew. */
export function accountView(app: App): HTMLElement | null {
  if (!app.login || app.mfa.getSessionDetails().session !== undefined) return null;
  const { username, accessToken } = app.login;
  const lists = h('div', { class: 'lists' }, h('p', { class: 'hint' }, 'Reading …'));
  void showLists(app, lists);
  const add = ([action, label]: [EnrolAction, string]) =>
    h(
      'button',
      {
        ...{ type: 'button', 'data-add': action },
        on: { click: () => void app.begin(username, { enrol: [action], accessToken }) },
      },
      icon(iconOf(action)),
      label,
    );
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'account' },
    h('h2', { id: 'account' }, `The account of ${username}`),
    h('h3', {}, 'Add a factor'),
    h(
      'p',
      { class: 'hint' },
      'Begins a flow with the access token of this login: a new factor needs a proof as strong as the strongest.',
    ),
    h('p', { class: 'actions' }, ADD.map(add)),
    lists,
  );
}

/** Three lists, each of which may fail on its own. */
async function showLists(app: App, into: HTMLElement): Promise<void> {
  const options = { accessToken: app.login?.accessToken ?? '' };
  const [passkeys, factors, devices] = await Promise.allSettled([
    app.mfa.listPasskeys(options),
    app.mfa.listFactors(options),
    app.mfa.listDevices(options),
  ]);
  const change = (work: () => Promise<void>) => app.run(work);
  const list = <T>(
    title: string,
    found: PromiseSettledResult<T[]>,
    row: (item: T) => HTMLElement,
    none: string,
  ): Child => [
    h('h3', {}, title),
    found.status === 'rejected'
      ? h('p', { class: 'hint' }, `Could not be read: ${String(found.reason)}`)
      : found.value.length === 0
        ? h('p', { class: 'hint' }, none)
        : h('ul', { class: 'rows' }, found.value.map(row)),
  ];
  fill(
    into,
    list('Passkeys', passkeys, (passkey) => passkeyRow(app, passkey, options), 'None yet.'),
    list(
      'Other factors',
      factors.status === 'fulfilled'
        ? { ...factors, value: factors.value.filter(({ kind }) => kind !== 'passkey') }
        : factors,
      ({ kind, id, label, createdAt }) =>
        row(
          [icon(iconOf(kind)), text(label ?? kind, `${kind}${since(createdAt)}`)],
          remove(label ?? kind, () => void change(() => app.mfa.removeFactor(kind, id, options))),
        ),
      'None yet.',
    ),
    list(
      'Trusted devices',
      devices,
      (device) =>
        row(
          [icon('device'), text(deviceName(device), `trusted until ${time(device.trustedUntil)}`)],
          remove('device', () => void change(() => app.mfa.revokeDevice(device.id, options)), 'Revoke'),
        ),
      'None: a device is trusted after a completed flow, for as long as the application says.',
    ),
  );
}

function passkeyRow(
  app: App,
  { id, name, createdAt, providerName, lastUsedAt }: Passkey,
  options: { accessToken: string },
) {
  const used = lastUsedAt ? ` · used ${time(lastUsedAt)}` : '';
  const input = h('input', {
    id: `name-${id}`,
    value: name,
    maxlength: 100,
    'aria-label': `Name of ${name}`,
  });
  const form = h('form', { class: 'rename' }, input, h('button', { class: 'quiet' }, 'Rename'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void app.run(() => app.mfa.renamePasskey(id, input.value, options));
  });
  return row(
    [
      icon('passkey'),
      h(
        'span',
        { class: 'what' },
        form,
        h('small', {}, `${providerName ?? 'passkey'}${since(createdAt)}${used}`),
      ),
    ],
    remove(name, () => void app.run(() => app.mfa.deletePasskey(id, options))),
  );
}

const row = (what: Child, action: Child): HTMLElement => h('li', {}, what, action);
const text = (label: string, note: string) =>
  h('span', { class: 'what' }, h('span', {}, label), h('small', {}, note));
const remove = (what: string, click: () => void, label = 'Remove'): HTMLElement =>
  h(
    'button',
    { type: 'button', class: 'quiet danger', 'aria-label': `${label} ${what}`, on: { click } },
    label,
  );

const time = (iso: unknown): string => (typeof iso === 'string' ? new Date(iso).toLocaleString() : '–');
const since = (iso: unknown): string => (typeof iso === 'string' ? ` · since ${time(iso)}` : '');

function deviceName(device: Record<string, unknown>): string {
  const named = [device.clientName, device.osName].filter((part) => typeof part === 'string' && part !== '');
  return named.length > 0 ? named.join(' on ') : `Device ${String(device.id).slice(0, 8)}`;
}
