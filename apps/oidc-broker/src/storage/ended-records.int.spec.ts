import { jest } from '@jest/globals';
import { Journey, PASSWORD } from '../../test/login-pages.ts';
import { MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { Browser, callbackOf, type Registered } from '../../test/relying-party.ts';
import { ProviderRecords } from './provider-records.ts';
import { RecordAdapter } from './record-adapter.ts';
import { RecordRepository } from './record.repository.ts';
import { RequestRecords, UserEnded, withRecords } from './request-records.ts';

/** Ending what a user has open, whatever clients and browsers have put into it. */
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;
let own: ProviderRecords;
beforeAll(async () => {
  await broker.open();
  client = await demo.client();
  own = broker.service.app.get(ProviderRecords);
}, 60_000);
afterAll(() => broker.close());

const end = (userId: string, but: object) =>
  broker.service.database.transaction((tx) => own.endAll(tx, 'demo', userId, but));
const rowsOf = (userId: string) =>
  broker.service.database.query(
    `SELECT kind FROM oidc_records WHERE user_id = $1 AND kind IN ('Session', 'Interaction')`,
    [userId],
  );

/** What jsonb takes no text with: U+0000, and half a character. */
const UNKEPT: [string, Record<string, string>][] = [
  ['a nonce', { nonce: 'a\u0000b' }],
  ['a state', { state: 'a\u0000b' }],
  ['a name among claims', { claims: '{"userinfo":{"x\\u0000":null}}' }],
];
it.each(UNKEPT)('SES-06, API-09: a character in %s that cannot be kept is refused', async (_case, asked) => {
  const party = demo.relyingParty(client);
  const { status, headers } = await new Browser(broker).go(party.authorizeUrl(asked));
  const { searchParams } = new URL(String(headers.location), 'http://x');
  expect([status, searchParams.get('error')]).toEqual([303, 'invalid_request']);
  expect(searchParams.get('error_description')).toMatch(/has a character that cannot be kept/);
  const pushed = await party.post('par', party.parameters(asked));
  expect([pushed.status, pushed.json.error]).toEqual([400, 'invalid_request']);
});

it.each([
  ['all of it', {}],
  ['until a moment', { before: new Date(Date.now() + 60_000) }],
  ['but for a session', { except: 'another' }],
])('SES-06: whatever lies in the payloads, what is open ends: %s', async (_case, but) => {
  const user = await demo.user(`user-${Object.keys(but).join() || 'all'}`);
  const browser = new Browser(broker);
  const party = demo.relyingParty(client);
  const { code = '' } = await demo.signIn(party, user.username, { browser });
  const { json } = await party.redeem(code);
  // a link on anybody's page puts these into the session and into an interaction of the user
  await browser.go(`/oidc/demo/logout?client_id=${client.clientId}&state=%00`);
  await browser.go(`/oidc/demo/logout?client_id=${client.clientId}&state=%ED%A0%80`);
  await browser.follow(party.authorizeUrl({ prompt: 'login' }));
  await broker.service.database.query(
    `UPDATE oidc_records SET payload = left(payload, -1) || ',"said":"\\u0000\\ud800"}' WHERE app_id = 'demo'`,
  );
  expect((await rowsOf(user.userId)).length).toBeGreaterThanOrEqual(2);
  await end(user.userId, but);
  expect(await rowsOf(user.userId)).toEqual([]);
  expect((await party.userinfo(json.access_token)).status).toBe(401);
});

/** A request that has found the session of that cookie, before it writes. */
async function underWay(cookie: string) {
  const records = new RequestRecords(broker.service.app.get(RecordRepository), 'demo');
  const sessions = new RecordAdapter(
    broker.service.app.get(RecordRepository),
    'demo',
    'Session',
    () => Date.now() / 1000,
  );
  const found = await withRecords(records, () => sessions.find(cookie));
  return {
    found,
    /** Writes it, under the same id or another one. */
    save: (as = cookie) =>
      withRecords(records, async () => {
        if (as !== cookie) await sessions.destroy(cookie);
        await sessions.upsert(as, found!, 3600);
        await records.flush();
      }),
  };
}

it('SES-06: a session that was renamed or ended meanwhile is not written again by who found it before', async () => {
  const user = await demo.user('renamed');
  const browser = new Browser(broker);
  await demo.signIn(demo.relyingParty(client), user.username, { browser });
  const old = browser.cookies.get('oidc-demo')!.value;
  const [late, renaming, later] = [await underWay(old), await underWay(old), await underWay(old)];
  await renaming.save('n'.repeat(43));
  await expect(late.save()).rejects.toThrow(UserEnded);
  expect((await underWay(old)).found).toBeUndefined();
  // two that leave it where it is do not disturb each other
  const parallel = [await underWay('n'.repeat(43)), await underWay('n'.repeat(43))];
  for (const one of parallel) await one.save();
  const [{ sessionId } = { sessionId: '' }, ...more] = await own.sessionsOf('demo', user.userId);
  expect(more).toEqual([]);
  expect(await own.endSession('demo', user.userId, sessionId)).toBe(true);
  await expect(later.save()).rejects.toThrow(UserEnded);
  expect(await own.sessionsOf('demo', user.userId)).toEqual([]);
});

it('SES-06: who ends a session that is not there disturbs nothing that is under way', async () => {
  const user = await demo.user('undisturbed');
  const browser = new Browser(broker);
  await demo.signIn(demo.relyingParty(client), user.username, { browser });
  const request = await underWay(browser.cookies.get('oidc-demo')!.value);
  expect(await own.endSession('demo', user.userId, 'nobody')).toBe(false);
  await request.save();
});

it('SES-06: a family that was refreshed since ends with the login it came of, however late the word of that comes', async () => {
  const user = await demo.user('late-word');
  const grantTypes = ['authorization_code', 'refresh_token'];
  const party = demo.relyingParty(await demo.client({ scopes: ['openid', 'offline_access'], grantTypes }));
  const first = await demo.tokens(party, user.username, {
    scope: 'openid offline_access',
    prompt: 'consent',
  });
  await broker.service.database.query(
    `UPDATE oidc_records SET shown_at = shown_at - 100, payload = jsonb_set(payload::jsonb, '{authTime}',
       to_jsonb((payload::jsonb->>'authTime')::float8 - 100))::text
     WHERE client_id = $1 AND kind = 'RefreshToken'`,
    [party.client.clientId],
  );
  const { json } = await party.refresh(first.refresh_token);
  await end(user.userId, { before: new Date(Date.now() - 50_000) });
  expect((await party.refresh(json.refresh_token)).json.error).toBe('invalid_grant');
  expect((await party.userinfo(json.access_token)).status).toBe(401);
});

it('SES-06: "sign out everywhere else" ends a login that was finished and not resumed, but for the session’s own', async () => {
  const user = await demo.user('elsewhere');
  const finish = async (browser?: Browser) => {
    const journey = await Journey.begin(broker, client, { prompt: 'login' }, browser);
    const version = /name="version" value="(\d+)"/.exec(journey.page.text)?.[1] ?? '';
    const { headers } = await journey.post({ version, username: user.username, password: PASSWORD });
    const to = String(headers.location);
    return { journey, resume: async () => callbackOf(await journey.browser.follow(to)) };
  };
  const first = await finish();
  expect((await first.resume()).code).toBeDefined();
  const [session] = await own.sessionsOf('demo', user.userId);
  const [thief, again] = [await finish(), await finish(first.journey.browser)];
  (await MfaFlows.of(broker)).withPhone.add(user.username);
  const halfWay = await Journey.begin(broker, await demo.client({ mfa: { policy: 'mfa' } }));
  await halfWay.signIn(user.username);
  expect(halfWay.page.text).toContain('otp:sms');
  await own.endSessions('demo', user.userId, { except: session!.sessionId });
  expect((await thief.resume()).code).toBeUndefined();
  await halfWay.fill({ choose: 'otp:sms|sms:1' });
  expect([halfWay.heading, halfWay.callback]).toEqual(['Sign in', {}]);
  expect((await again.resume()).code).toBeDefined();
  expect(await own.sessionsOf('demo', user.userId)).toHaveLength(1);
});
