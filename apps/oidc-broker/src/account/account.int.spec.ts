import { OidcBroker } from '../../test/oidc-broker.ts';
import { type Answered, Browser } from '../../test/relying-party.ts';
import { type Ask, management } from '../../test/management.ts';
import { shown, signedIn } from '../../test/account-browser.ts';
import { FormTokens } from './form-tokens.ts';

const PASSWORD = 'a small boat of green paper';
const PASSKEY = {
  kind: 'passkey',
  id: '11111111-1111-4111-8111-111111111111',
  label: 'Laptop',
  createdAt: '2026-01-01T00:00:00Z',
};
const EMAIL = {
  kind: 'otp:email',
  id: '21111111-1111-4111-8111-111111111111',
  label: 'd***@x.example',
  createdAt: '2026-01-01T00:00:00Z',
  verified: true,
};

const broker = new OidcBroker();
let names = 0;
beforeAll(() => broker.open());
afterAll(() => broker.close());

const directory: Ask = (...asked) => management(broker, 'demo', 'user:read', 'user:write')(...asked);

/** A user of the directory. */
async function user(): Promise<{ userId: string; username: string }> {
  const username = `dana${++names}`;
  const made = await directory('POST', '/v1/directory/users', {
    username,
    password: PASSWORD,
  });
  expect([made.status, made.body.code]).toEqual([201, undefined]);
  return { userId: made.body.userId, username };
}

/** What forms of the browser's session carry, whether or not its page has one. */
const tokenFor = (userId: string, { sessionUid: uid }: { sessionUid: string }): string =>
  broker.service.app.get(FormTokens, { strict: false }).of({ appId: 'demo', userId, uid, proofs: [] });
const tokenOf = ({ text }: Answered): string => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
const told = ({ text }: Answered): string => /role="(?:alert|status)">([^<]+)</.exec(text)?.[1] ?? '';

/** Sends a form of the page that the browser sees. */
async function change(browser: Browser, form: Record<string, string>): Promise<Answered & { at: string }> {
  const page = await browser.go('/oidc/demo/account');
  return browser.follow('/oidc/demo/account', {
    form: { token: tokenOf(page), ...form },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
}

describe('the account’s page', () => {
  it('leads whoever is not signed in to the provider, by code with PKCE', async () => {
    const browser = new Browser(broker);
    const first = await browser.go('/oidc/demo/account');
    expect([first.status, first.headers.location]).toEqual([303, '/oidc/demo/account/sign-in']);
    const { status, headers } = await browser.go('/oidc/demo/account/sign-in');
    const to = new URL(String(headers.location));
    expect([status, to.pathname, to.searchParams.get('client_id')]).toEqual([
      303,
      '/oidc/demo/authorize',
      'countersign-account',
    ]);
    const { status: asked, headers: next } = await browser.go(to.href);
    expect([asked, String(next.location)]).toEqual([
      303,
      expect.stringMatching(/\/oidc\/demo\/interaction\//),
    ]);
  });

  it('shows what the user signs in with, where, and what they allowed; no script, no store, no frame', async () => {
    const { userId, username } = await user();
    broker.neighbours.factors.set(userId, [PASSKEY, EMAIL]);
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const { status, text, headers } = await browser.go('/oidc/demo/account');
    expect(status).toBe(200);
    for (const part of [username, 'Laptop', 'd***@x.example', 'this browser', 'by password'])
      expect(text).toContain(part);
    expect(text).not.toContain('<script');
    expect(text).not.toContain(browser.cookies.get('oidc-demo')?.value);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("form-action 'self'");
  });

  it('V8, ST-05: what the second factor of an application showed opens nothing here', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('image-passcode'), shown('mfa')] });
    expect((await browser.go('/oidc/demo/account')).status).toBe(303);
  });

  it('OP-14: a disabled user sees nothing any more', async () => {
    const { userId, username } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    expect((await browser.go('/oidc/demo/account')).status).toBe(200);
    await directory('PATCH', `/v1/directory/users/${username}`, { enabled: false });
    expect((await browser.go('/oidc/demo/account')).status).toBe(303);
  });

  it('OP-14: nor do they where the session outlived the user', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    await broker.service.database.query('UPDATE directory_users SET enabled = false WHERE user_id = $1', [
      userId,
    ]);
    expect((await browser.go('/oidc/demo/account')).status).toBe(303);
  });

  it('API-01: a session of one application is none of another', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    browser.cookies.set('oidc-other', { value: browser.cookies.get('oidc-demo')!.value, path: '/' });
    expect((await browser.go('/oidc/other/account')).status).toBe(303);
  });

  it('the answer of a sign-in that was cancelled is a page, not another round', async () => {
    const { status, text } = await new Browser(broker).go('/oidc/demo/account/callback?error=access_denied');
    expect([status, text.includes('You are not signed in')]).toEqual([403, true]);
    expect((await new Browser(broker).go('/oidc/demo/account/callback?code=x')).status).toBe(403);
  });

  it('while the orchestrator is away the page says so, and nothing that is strong can be changed', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    broker.neighbours.away.add('mfa-orchestrator');
    const { status, text } = await browser.go('/oidc/demo/account');
    broker.neighbours.away.delete('mfa-orchestrator');
    expect([status, text.includes('cannot be shown right now'), text.includes('Confirm it is you')]).toEqual([
      200,
      true,
      true,
    ]);
  });
});

describe('changes', () => {
  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sub-domain', { 'sec-fetch-site': 'same-site' }],
    ['another origin, by an old browser', { origin: 'http://evil.example' }],
  ])('a form of %s changes nothing', async (_, headers) => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const other = await signedIn(broker, { userId, proofs: [shown('password')] });
    const token = tokenOf(await browser.go('/oidc/demo/account'));
    const { status } = await browser.go('/oidc/demo/account', {
      form: { token, action: 'end-sessions' },
      headers,
    });
    expect([status, (await other.go('/oidc/demo/account')).status]).toEqual([403, 200]);
  });

  it('a form of another session changes nothing', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const other = await signedIn(broker, { userId, proofs: [shown('password')] });
    for (const token of [tokenOf(await other.go('/oidc/demo/account')), '', undefined]) {
      const answer = await browser.go('/oidc/demo/account', {
        form: { token, action: 'end-sessions' },
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(answer.status).toBe(403);
    }
    expect((await other.go('/oidc/demo/account')).status).toBe(200);
  });

  it('security 36: what is no form changes nothing and is no fault', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const sent = {
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
      cookie: `oidc-demo=${browser.cookies.get('oidc-demo')!.value}`,
    };
    for (const body of [{ token: 1 }, { token: [tokenFor(userId, browser)] }, [], 'x']) {
      const { status } = await fetch(`${broker.service.url}/oidc/demo/account`, {
        ...{ method: 'POST', headers: sent, body: JSON.stringify(body), redirect: 'manual' },
      });
      expect([body, status]).toEqual([body, 403]);
    }
  });

  it('security 18: other sessions are ended, one or all, this one goes on', async () => {
    const { userId } = await user();
    const open = () => signedIn(broker, { userId, proofs: [shown('password', 3000)] });
    const [browser, second, third, fourth] = [await open(), await open(), await open(), await open()];
    const stranger = await signedIn(broker, { userId: (await user()).userId, proofs: [shown('password')] });
    expect(told(await change(browser, { action: 'end-session', id: second.sessionUid }))).toMatch(
      /signed out/,
    );
    expect((await second.go('/oidc/demo/account')).status).toBe(303);
    expect((await third.go('/oidc/demo/account')).status).toBe(200);
    expect((await change(browser, { action: 'end-session', id: stranger.sessionUid })).status).toBe(400);
    expect((await stranger.go('/oidc/demo/account')).status).toBe(200);
    await change(browser, { action: 'end-sessions' });
    for (const one of [third, fourth]) expect((await one.go('/oidc/demo/account')).status).toBe(303);
    expect((await browser.go('/oidc/demo/account')).status).toBe(200);
  });

  it('SES-02, security 18: a password or passkey is not changed by a session older than five minutes', async () => {
    const { userId } = await user();
    broker.neighbours.factors.set(userId, [PASSKEY]);
    const browser = await signedIn(broker, { userId, proofs: [shown('password', 301), shown('mfa', 301)] });
    const before = broker.neighbours.removals.length;
    for (const form of [
      { action: 'change-password', current: PASSWORD, password: 'another boat of yellow paper' },
      { action: 'remove-passkey', id: PASSKEY.id },
      { action: 'remove-passcode' },
    ]) {
      const { status, headers } = await browser.go('/oidc/demo/account', {
        form: { token: tokenFor(userId, browser), ...form },
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect([status, headers.location]).toEqual([303, '/oidc/demo/account/sign-in?confirm=yes']);
    }
    expect(broker.neighbours.removals.length).toBe(before);
    const { headers } = await browser.go('/oidc/demo/account/sign-in?confirm=yes');
    const asked = new URL(String(headers.location)).searchParams;
    expect([asked.get('client_id'), asked.get('prompt')]).toEqual(['countersign-account-change', 'login']);
  });

  it('security 18: a password alone does not take away a second factor', async () => {
    const { userId } = await user();
    broker.neighbours.factors.set(userId, [PASSKEY]);
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    expect((await browser.go('/oidc/demo/account')).text).not.toContain('value="remove-passkey"');
    const { status, headers } = await browser.go('/oidc/demo/account', {
      form: { token: tokenFor(userId, browser), action: 'remove-passkey', id: PASSKEY.id },
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect([status, headers.location]).toEqual([303, '/oidc/demo/account/sign-in?confirm=yes']);
    expect(broker.neighbours.factors.get(userId)).toEqual([PASSKEY]);
  });

  it('issue 6.6: a passkey is removed, on the word of what was shown', async () => {
    const { userId } = await user();
    broker.neighbours.factors.set(userId, [PASSKEY, EMAIL]);
    const proofs = [shown('password', 60), shown('mfa', 10, { policy: 'mfa', acr: 'aal2', flowId: 'f' })];
    const browser = await signedIn(broker, { userId, proofs });
    expect(told(await change(browser, { action: 'remove-passkey', id: PASSKEY.id }))).toMatch(
      /passkey is removed/,
    );
    expect(broker.neighbours.factors.get(userId)).toEqual([EMAIL]);
    expect(broker.neighbours.removals.at(-1)).toEqual({
      appId: 'demo',
      kind: 'passkey',
      id: PASSKEY.id,
      acr: 'aal2',
      authTime: proofs[0]!.at,
    });
    expect((await change(browser, { action: 'remove-passkey', id: PASSKEY.id })).status).toBe(400);
  });

  it('what the orchestrator refuses or cannot answer is told, and nothing else happens', async () => {
    const { userId } = await user();
    broker.neighbours.factors.set(userId, [PASSKEY]);
    const browser = await signedIn(broker, { userId, proofs: [shown('password'), shown('mfa')] });
    for (const [status, answered, text] of [
      [403, 403, 'strongest passkey'],
      [500, 503, 'Nothing was changed'],
    ] as const) {
      broker.neighbours.removalStatus = status;
      const answer = await change(browser, { action: 'remove-passkey', id: PASSKEY.id });
      broker.neighbours.removalStatus = undefined;
      expect([answer.status, told(answer)]).toEqual([answered, expect.stringContaining(text)]);
    }
    expect(broker.neighbours.factors.get(userId)).toEqual([PASSKEY]);
  });

  it('issue 6.6: the password is changed, with the old one; every other session ends', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    const other = await signedIn(broker, { userId, proofs: [shown('password')] });
    const next = 'another boat of yellow paper';
    const wrong = await change(browser, {
      action: 'change-password',
      current: 'something else entirely',
      password: next,
    });
    expect([wrong.status, wrong.text.includes('The current password is not right.')]).toEqual([400, true]);
    const weak = await change(browser, { action: 'change-password', current: PASSWORD, password: 'short' });
    expect([weak.status, weak.text.includes('aria-invalid="true"'), weak.text.includes('short"')]).toEqual([
      400,
      true,
      false,
    ]);
    expect(
      told(await change(browser, { action: 'change-password', current: PASSWORD, password: next })),
    ).toMatch(/password is changed/);
    expect((await browser.go('/oidc/demo/account')).status).toBe(200);
    expect((await other.go('/oidc/demo/account')).status).toBe(303);
  });

  it('an action that nobody knows is refused', async () => {
    const { userId } = await user();
    const browser = await signedIn(broker, { userId, proofs: [shown('password')] });
    expect((await change(browser, { action: 'delete-everything' })).status).toBe(400);
    expect((await browser.go('/oidc/demo/account?done=%3Cscript%3E')).text).not.toContain('script');
    expect((await browser.go('/oidc/demo/account?done=toString')).text).not.toContain('role="status"');
  });
});
