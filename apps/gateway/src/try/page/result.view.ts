/// <reference lib="dom" />
import { readClaims, readHeader, verifyAccessToken, verifyPayloadSignature } from '@countersign/mfa-client';
import type { App } from './app.ts';
import { copyButton, h } from './dom.ts';
import { icon } from './icons.ts';

/** What the complete flow handed out, decoded and checked as a host would. */
export function resultView(app: App): HTMLElement | null {
  const { session, isComplete, accessToken, idToken, refreshToken, payload, payloadSignature } =
    app.mfa.getSessionDetails();
  if (session !== undefined || !isComplete) return null;
  return h(
    'section',
    { class: 'card', 'aria-labelledby': 'now' },
    h('h2', { id: 'now', tabindex: '-1' }, 'What was handed out'),
    payloadSignature && signature(app, payloadSignature, payload ?? ''),
    accessToken && token('accessToken', accessToken, verifiedAccess(app, accessToken)),
    idToken && token('idToken', idToken),
    h(
      'p',
      { class: 'actions' },
      refreshToken &&
        act('refresh', 'Refresh the tokens', () =>
          app.run(async () => {
            await app.mfa.refreshTokens();
            app.keepLogin();
            app.tell(
              { title: '200: new tokens', text: 'The refresh token was used up; a new one took its place.' },
              'good',
            );
          }),
        ),
      accessToken && act('log-out', 'Log out', () => logOut(app)),
      !accessToken && act('done', 'Done', () => logOut(app, false)),
    ),
  );
}

const act = (id: string, label: string, click: () => unknown): HTMLElement =>
  h('button', { type: 'button', id, on: { click } }, label);

const logOut = (app: App, leave = true): Promise<void> =>
  app.run(async () => {
    await app.mfa.logout();
    if (leave) app.login = undefined;
    app.forget();
  });

const verifiedAccess = (app: App, access: string): Promise<unknown> =>
  verifyAccessToken({
    token: access,
    appId: app.appId,
    jwksUri: `${location.origin}/fido2/v2/.well-known/jwks.json`,
  });

/** A decision names what was parked, which only the host knows; a payload's signature holds the payload itself. */
function signature(app: App, jws: string, payload: string): HTMLElement {
  const isPayload = readHeader(jws).typ === 'mfa-payload+jwt';
  const check = isPayload
    ? verifyPayloadSignature({
        ...{ token: jws, appId: app.appId, jwksUri: `${location.origin}/v1/decisions/jwks.json` },
        payload: app.payload ?? fromBase64(payload),
      })
    : undefined;
  return token(
    'payloadSignature',
    jws,
    check,
    !isPayload && 'A decision: the host checks it with verifyDecision.',
  );
}

function token(
  name: string,
  jws: string,
  check?: Promise<unknown>,
  note: string | false = false,
): HTMLElement {
  const badge = h('span', { class: 'tag', 'data-check': name }, check ? 'checking …' : 'decoded');
  check?.then(
    () => {
      badge.className = 'tag good';
      badge.replaceChildren(icon('check'), 'signature verified');
    },
    (error: unknown) => {
      badge.className = 'tag bad';
      badge.textContent = `not verified: ${error instanceof Error ? error.message : String(error)}`;
    },
  );
  return h(
    'details',
    { class: 'token', open: name !== 'idToken', 'data-token': name },
    h('summary', {}, h('code', {}, name), badge),
    note && h('p', { class: 'hint' }, note),
    h('dl', { class: 'claims' }, Object.entries(readClaims(jws)).map(claim)),
    h(
      'p',
      { class: 'hint' },
      Object.entries(readHeader(jws))
        .map(([key, value]) => `${key} ${String(value)}`)
        .join(' · '),
      ' ',
      copyButton(() => jws, `Copy ${name}`),
    ),
  );
}

const TIMES = new Set(['iat', 'exp', 'nbf', 'auth_time']);

const claim = ([key, value]: [string, unknown]) => [
  h('dt', {}, key),
  h(
    'dd',
    {},
    typeof value === 'number' && TIMES.has(key)
      ? `${new Date(value * 1000).toLocaleTimeString()} (${value})`
      : typeof value === 'string'
        ? value
        : Array.isArray(value)
          ? value.join(', ')
          : JSON.stringify(value),
  ),
];

const fromBase64 = (text: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
