import { shown, signedIn } from '../../test/account-browser.ts';
import { management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { Browser } from '../../test/relying-party.ts';
import { ProviderRecords } from '../storage/provider-records.ts';

const broker = new OidcBroker();
const manage = (...asked: Parameters<ReturnType<typeof management>>) =>
  management(broker, 'platform', 'oidc:read', 'oidc:write', 'user:read', 'user:write')(...asked);
let names = 0;
beforeAll(() => broker.open());
afterAll(() => broker.close());

async function administrator(): Promise<{ userId: string; username: string }> {
  const username = `root${++names}`;
  const made = await manage('POST', '/v1/directory/users', {
    username,
    password: 'a small boat of green paper',
  });
  expect(made.status).toBe(201);
  return { userId: made.body.userId, username };
}

/** A browser that is signed in to the provider as an administrator, with MFA that the orchestrator stands by. */
async function withMfa(userId: string) {
  const flowId = `flow-${userId}`;
  broker.neighbours.standingFlows.set(flowId, 'platform');
  const mfa = shown('mfa', 60, { policy: 'mfa', flowId, amr: ['otp'] });
  return signedIn(broker, { appId: 'platform', userId, proofs: [shown('password', 60), mfa] });
}

async function inside() {
  const { userId, username } = await administrator();
  const browser = await withMfa(userId);
  const page = await browser.follow('/admin/sign-in');
  expect([page.status, page.text.includes('<h1>Applications</h1>')]).toEqual([200, true]);
  return { browser, userId, username, page };
}

const showsNothing = async (browser: Browser) => {
  const { status, text } = await browser.go('/admin');
  expect([status, text.includes('demo'), text.includes('<h1>Administration</h1>')]).toEqual([
    200,
    false,
    true,
  ]);
  const { status: other } = await browser.go('/admin/applications/demo');
  expect(other).toBe(303);
};

describe('the administrators’ page', () => {
  it('shows nothing to whoever is not signed in to it, the provider’s cookie or not', async () => {
    await showsNothing(new Browser(broker));
    await showsNothing(await withMfa((await administrator()).userId));
  });

  it('C5: applications, and clients of one, after a sign-in with a second factor', async () => {
    const { browser, username, page } = await inside();
    for (const part of ['demo', 'platform', username]) expect(page.text).toContain(part);
    const demo = management(broker, 'demo');
    const made = await demo('POST', '/v1/clients', {
      ...{
        kind: 'confidential',
        name: 'Shop <b>',
        redirectUris: ['https://shop.example/cb'],
        grantTypes: ['authorization_code'],
      },
      ...{ scopes: ['openid'], mfa: { policy: 'mfa' } },
    });
    expect(made.status).toBe(201);
    const { status, text, headers } = await browser.go('/admin/applications/demo');
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    for (const part of [
      'Shop &#60;b&#62;',
      made.body.client.clientId,
      'https://shop.example/cb',
      'policy mfa',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain(made.body.clientSecret);
    expect(text).not.toMatch(/<script|secret/i);
    expect((await browser.go('/admin/applications/nowhere-at%2Fall')).status).toBe(404);
  });

  it('C5: a password alone never gets there: the provider asks for more, and no code comes of it', async () => {
    const { userId } = await administrator();
    const browser = await signedIn(broker, { appId: 'platform', userId, proofs: [shown('password')] });
    const begun = await browser.go('/admin/sign-in');
    const asked = await browser.go(String(begun.headers.location));
    expect(String(asked.headers.location)).toMatch(/\/oidc\/platform\/interaction\//);
    await showsNothing(browser);
  });

  it('ST-17: MFA that the orchestrator no longer stands by is asked for again', async () => {
    const { userId } = await administrator();
    const browser = await withMfa(userId);
    broker.neighbours.standingFlows.delete(`flow-${userId}`);
    const begun = await browser.go('/admin/sign-in');
    const asked = await browser.go(String(begun.headers.location));
    expect(String(asked.headers.location)).toMatch(/\/interaction\//);
  });

  it('RP-03: an answer of somebody else’s sign-in, or without one, is refused; so is one used twice', async () => {
    const { userId } = await administrator();
    const attacker = await withMfa(userId);
    const begun = await attacker.go('/admin/sign-in');
    const answered = await attacker.go(String(begun.headers.location));
    const callback = String(answered.headers.location);
    expect(new URL(callback).pathname).toBe('/admin/callback');
    const victim = await withMfa((await administrator()).userId);
    expect((await victim.go(callback)).status).toBe(403);
    await victim.go('/admin/sign-in');
    expect((await victim.go(callback)).status).toBe(403);
    await showsNothing(victim);
    const kept = new Map(attacker.cookies);
    expect((await attacker.go(callback)).status).toBe(303);
    const again = new Browser(broker);
    for (const [name, cookie] of kept) again.cookies.set(name, cookie);
    expect((await again.go(callback)).status).toBe(403);
    await showsNothing(again);
  });

  it('RP-03: the state must be the one this browser was sent away with', async () => {
    const { userId } = await administrator();
    for (const state of ['', 'x'.repeat(43), undefined]) {
      const browser = await withMfa(userId);
      const begun = await browser.go('/admin/sign-in');
      const answered = await browser.go(String(begun.headers.location));
      const callback = new URL(String(answered.headers.location));
      if (state === undefined) callback.searchParams.delete('state');
      else callback.searchParams.set('state', state);
      expect((await browser.go(callback.href)).status).toBe(403);
      await showsNothing(browser);
    }
  });

  it('RP-01: an answer of another issuer, or without one, is refused', async () => {
    const { userId } = await administrator();
    for (const iss of [undefined, 'http://localhost:4000/oidc/demo', 'https://evil.example/oidc/platform']) {
      const browser = await withMfa(userId);
      const begun = await browser.go('/admin/sign-in');
      const answered = await browser.go(String(begun.headers.location));
      const callback = new URL(String(answered.headers.location));
      if (iss === undefined) callback.searchParams.delete('iss');
      else callback.searchParams.set('iss', iss);
      expect((await browser.go(callback.href)).status).toBe(403);
    }
  });

  it('SES-08: the cookie is opaque, kept as a hash, and a new one at each sign-in; the old one is dead', async () => {
    const { browser, userId } = await inside();
    const { value } = browser.cookies.get('cs-admin')!;
    expect(value).toMatch(/^[\w-]{43}$/);
    const rows = await broker.service.database.query('SELECT * FROM admin_sessions WHERE user_id = $1', [
      userId,
    ]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(value);
    await browser.follow('/admin/sign-in');
    expect(browser.cookies.get('cs-admin')?.value).not.toBe(value);
    const old = new Browser(broker);
    old.cookies.set('cs-admin', { value, path: '/' });
    await showsNothing(old);
  });

  it('security 15: ends after 15 minutes without a request, and after 8 hours with', async () => {
    for (const column of ['last_seen_at', 'created_at']) {
      const { browser, userId } = await inside();
      const [inTime, late] = column === 'last_seen_at' ? [890, 905] : [28_790, 28_805];
      const age = (seconds: number) =>
        broker.service.database.query(
          `UPDATE admin_sessions SET ${column} = clock_timestamp() - $2 * interval '1 second' WHERE user_id = $1`,
          [userId, seconds],
        );
      await age(inTime);
      expect((await browser.go('/admin')).text).toContain('Applications');
      await age(late);
      await showsNothing(browser);
    }
  });

  it('SES-06, OP-14: is dead once the user is disabled, or the provider’s session has ended', async () => {
    const disabled = await inside();
    await manage('PATCH', `/v1/directory/users/${disabled.username}`, { enabled: false });
    await showsNothing(disabled.browser);
    const ended = await inside();
    await broker.service.app.get(ProviderRecords, { strict: false }).endSessions('platform', ended.userId);
    await showsNothing(ended.browser);
  });

  it('signing out takes a form of the page itself', async () => {
    const { browser, page } = await inside();
    const token = /name="token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const form = { token };
    const site = { 'sec-fetch-site': 'same-origin' };
    await browser.go('/admin/sign-out', { form: { token: 'x' }, headers: site });
    await browser.go('/admin/sign-out', { form, headers: { 'sec-fetch-site': 'cross-site' } });
    expect((await browser.go('/admin')).text).toContain('<h1>Applications</h1>');
    const out = await browser.go('/admin/sign-out', { form, headers: site });
    expect([out.status, out.headers.location]).toEqual([303, '/oidc/platform/logout']);
    await showsNothing(browser);
  });

  it('while applications cannot be read the page says so', async () => {
    const { browser } = await inside();
    broker.neighbours.away.add('token-service');
    const { status, text } = await browser.go('/admin');
    broker.neighbours.away.delete('token-service');
    expect([status, text.includes('Not right now')]).toEqual([503, true]);
  });
});
