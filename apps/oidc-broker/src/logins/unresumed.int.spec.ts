import { jest } from '@jest/globals';
import { waitFor } from '@countersign/testing';
import { Journey, PASSWORD } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { Browser, callbackOf, type Registered } from '../../test/relying-party.ts';

/** Logins that were finished, whose browser has not come back to the provider yet, and codes that nobody redeemed yet. */
// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;
beforeAll(async () => {
  await broker.open();
  client = await demo.client();
}, 60_000);
afterAll(() => broker.close());

let users = 0;
const user = () => demo.user(`user-${(users += 1)}`);
const asked = (name: string, body: object) => demo.manage('PATCH', `/v1/directory/users/${name}`, body);
const signOut = (before: Date) => async (name: KnownUser) => {
  const handled = await broker.inbox('done');
  const data = { userId: name.userId, before: before.toISOString() };
  await broker.userDeleted('demo', name.userId, { type: 'mfa.user.signed-out.v1', data });
  await waitFor(async () => (await broker.inbox('done')) > handled);
};
const soon = () => new Date(Date.now() + 2000);

type End = (name: KnownUser) => Promise<unknown>;
const ENDS: [string, End][] = [
  [
    'a new password',
    ({ username }) =>
      demo.manage('PUT', `/v1/directory/users/${username}/password`, { password: `${PASSWORD} 2` }),
  ],
  [
    'disabling and enabling',
    async ({ username }) => {
      await asked(username, { enabled: false });
      await asked(username, { enabled: true });
    },
  ],
  ['signing out everywhere', (name) => signOut(soon())(name)],
  [
    'erasure',
    async ({ userId }) => {
      const handled = await broker.inbox('done');
      await broker.userDeleted('demo', userId);
      await waitFor(async () => (await broker.inbox('done')) > handled);
    },
  ],
];

/** The right password is posted, and the redirect of that not followed. Answers where it leads. */
const finished = async (name: KnownUser) => {
  const journey = await Journey.begin(broker, client);
  const version = /name="version" value="(\d+)"/.exec(journey.page.text)?.[1] ?? '';
  const answer = await journey.post({ version, username: name.username, password: PASSWORD });
  expect(answer.status).toBe(303);
  return { journey, to: String(answer.headers.location) };
};
const rowsOf = async ({ userId }: KnownUser) =>
  broker.service.database.query('SELECT kind FROM oidc_records WHERE user_id = $1', [userId]);

describe.each(ENDS)('SES-06: %s', (_case, end) => {
  it('ends a login that was finished and not resumed', async () => {
    const [name, other] = [await user(), await user()];
    const [gone, stays] = [await finished(name), await finished(other)];
    await end(name);
    const page = await gone.journey.browser.follow(gone.to);
    expect([page.status, page.at.startsWith(client.redirectUri)]).toEqual([400, false]);
    expect(callbackOf(await stays.journey.browser.follow(stays.to)).code).toBeDefined();
  });

  it('ends a code that was not redeemed', async () => {
    const name = await user();
    const party = demo.relyingParty(client);
    const { code = '' } = await demo.signIn(party, name.username);
    await end(name);
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
  });

  it('ends a second factor that was shown, before the code and after it', async () => {
    const name = await user();
    const party = demo.relyingParty(
      await demo.client({ hintInFrontChannel: true, scopes: ['openid', '2fa'] }),
    );
    const { code = '' } = await demo.secondFactor(party, name);
    expect(code).not.toBe('');
    const browser = new Browser(broker);
    const page = await browser.follow(party.authorizeUrl({ scope: 'openid 2fa', login_hint: name.username }));
    const endBefore = () => end(name);
    const resumed = await demo.settle(browser, page, demo.shown(name), endBefore);
    expect(resumed.at.startsWith(client.redirectUri)).toBe(false);
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
    expect(await rowsOf(name)).toEqual([]);
  });
});

it('SES-06: what goes on with the session that is excepted is not ended', async () => {
  const name = await user();
  const { journey, to } = await finished(name);
  await journey.browser.follow(to);
  const { app, database } = broker.service;
  const own = app.get(ProviderRecords);
  const [session] = await own.sessionsOf('demo', name.userId);
  const anew = async (except?: string) => {
    const again = await Journey.begin(broker, client, { prompt: 'login' }, journey.browser);
    const version = /name="version" value="(\d+)"/.exec(again.page.text)?.[1] ?? '';
    const { headers } = await again.post({ version, username: name.username, password: PASSWORD });
    await database.transaction((tx) => own.endAll(tx, 'demo', name.userId, { except }));
    return callbackOf(await journey.browser.follow(String(headers.location)));
  };
  expect((await anew(session?.sessionId)).code).toBeDefined();
  expect((await anew()).code).toBeUndefined();
});

it('SES-06: signing out everywhere before now ends no login that was begun since', async () => {
  const name = await user();
  const { journey, to } = await finished(name);
  await signOut(new Date('2026-01-01T00:00:00Z'))(name);
  expect(callbackOf(await journey.browser.follow(to)).code).toBeDefined();
});
