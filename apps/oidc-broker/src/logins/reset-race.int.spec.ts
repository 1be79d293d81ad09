import { jest } from '@jest/globals';
import { PasswordHasher } from '@countersign/security';
import { waitFor } from '@countersign/testing';
import { Journey, PASSWORD } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { formOf, PasscodeUser } from '../../test/passcode-user.ts';
import { Browser, callbackOf, type Registered } from '../../test/relying-party.ts';
import { UserTraces } from '../directory/user-traces.ts';
import type { PasscodeGrids } from '../image-passcodes/passcode-grids.ts';
import { PasscodeMaking } from '../image-passcodes/passcode-making.service.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { RecordRepository } from '../storage/record.repository.ts';

/** What a user has open is ended in the very moment in which a request of theirs is being answered. */
// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;
beforeAll(async () => {
  await broker.open();
  client = await demo.client({ scopes: ['openid', 'offline_access'], grantTypes: GRANTS });
}, 60_000);
afterAll(() => broker.close());
afterEach(() => jest.restoreAllMocks());

const GRANTS = ['authorization_code', 'refresh_token'];
let users = 0;
const user = () => demo.user(`user-${(users += 1)}`);
const of = ({ username }: KnownUser) => `/v1/directory/users/${username}`;

type End = (name: KnownUser) => Promise<unknown>;
const ENDS: [string, End][] = [
  ['a new password', (name) => demo.manage('PUT', `${of(name)}/password`, { password: `${PASSWORD} 2` })],
  [
    'disabling and enabling',
    async (name) => {
      await demo.manage('PATCH', of(name), { enabled: false });
      await demo.manage('PATCH', of(name), { enabled: true });
    },
  ],
  [
    'deleting, and the user comes back',
    async (name) => {
      await demo.manage('DELETE', of(name));
      await demo.manage('POST', '/v1/directory/users', { username: name.username, password: PASSWORD });
    },
  ],
  [
    'signing out everywhere',
    async ({ userId }) => {
      const handled = await broker.inbox('done');
      const data = { userId, before: new Date(Date.now() + 2000).toISOString() };
      await broker.userDeleted('demo', userId, { type: 'mfa.user.signed-out.v1', data });
      await waitFor(async () => (await broker.inbox('done')) > handled);
    },
  ],
];

/** `meanwhile` runs before the next answer's records are written. */
function beforeWriting(meanwhile: () => Promise<unknown>) {
  const repository = broker.service.app.get(RecordRepository);
  const write = repository.write.bind(repository);
  const spy = jest.spyOn(repository, 'write').mockImplementation(async (...args) => {
    spy.mockRestore();
    await meanwhile();
    return write(...args);
  });
  return spy;
}

/** `meanwhile` runs once the next password has been compared. */
function afterComparing(meanwhile: () => Promise<unknown>) {
  const hasher = broker.service.app.get(PasswordHasher);
  const check = hasher.check.bind(hasher);
  const spy = jest.spyOn(hasher, 'check').mockImplementation(async (...args) => {
    spy.mockRestore();
    const checked = await check(...args);
    await meanwhile();
    return checked;
  });
  return spy;
}

/** Posts the right password, with what happens while that is answered; the redirect is not followed. */
async function post(name: KnownUser, arm?: () => unknown) {
  const journey = await Journey.begin(broker, client);
  arm?.();
  const version = /name="version" value="(\d+)"/.exec(journey.page.text)?.[1] ?? '';
  const answer = await journey.post({ version, username: name.username, password: PASSWORD });
  return { journey, answer };
}

const leftOf = ({ userId }: KnownUser) =>
  broker.service.database.query(
    `SELECT kind FROM oidc_records WHERE user_id = $1 AND kind <> 'Grant'
     UNION ALL SELECT 'login' FROM logins WHERE user_id = $1`,
    [userId],
  );

describe.each(ENDS)('SES-06, OP-14: %s', (_case, end) => {
  it('while the password is being compared: the proof counts for what it was checked for only', async () => {
    const name = await user();
    afterComparing(() => end(name));
    const { journey, answer } = await post(name);
    const page = await journey.browser.follow(String(answer.headers.location));
    expect([page.at.startsWith(client.redirectUri), page.text.includes('name="password"')]).toEqual([
      false,
      true,
    ]);
    expect(await leftOf(name)).toEqual([]);
  });

  it('while what came of the login is being written', async () => {
    const name = await user();
    const { journey, answer } = await post(name, () => beforeWriting(() => end(name)));
    expect(await leftOf(name)).toEqual([]);
    const page = await journey.browser.follow(String(answer.headers.location));
    expect([page.at.startsWith(client.redirectUri), page.text.includes('name="password"')]).toEqual([
      false,
      true,
    ]);
  });

  it('while the browser comes back with it: there is no session', async () => {
    const name = await user();
    const { journey, answer } = await post(name);
    beforeWriting(() => end(name));
    const page = await journey.browser.follow(String(answer.headers.location));
    expect([page.status, page.at.startsWith(client.redirectUri), page.headers['set-cookie']]).toEqual([
      400,
      false,
      undefined,
    ]);
    expect(await leftOf(name)).toEqual([]);
  });

  it('while a session is being used: it does not come back', async () => {
    const name = await user();
    const browser = new Browser(broker);
    const party = demo.relyingParty(client);
    expect((await demo.signIn(party, name.username, { browser })).code).toBeDefined();
    beforeWriting(() => end(name));
    const { at } = await browser.follow(demo.relyingParty(client).authorizeUrl({ prompt: 'none' }));
    expect(at.startsWith(client.redirectUri)).toBe(false);
    expect(await leftOf(name)).toEqual([]);
    const silent = await browser.follow(demo.relyingParty(client).authorizeUrl({ prompt: 'none' }));
    expect(callbackOf(silent).error).toBe('login_required');
  });

  it('while a code or a refresh token is being redeemed', async () => {
    const name = await user();
    const changed = { scope: 'openid offline_access', prompt: 'consent' };
    const party = demo.relyingParty(client);
    const first = await demo.signIn(party, name.username, { changed });
    const { refresh_token: token } = (await party.redeem(first.code ?? '')).json;
    const { code = '' } = await demo.signIn(party, name.username, { changed });
    expect([typeof token, code === '']).toEqual(['string', false]);
    beforeWriting(() => end(name));
    const met = await party.redeem(code);
    // nothing is said of the code: where it was another session that ended, it still stands
    expect([met.status, met.json.error]).toEqual([503, 'temporarily_unavailable']);
    const [redeemed, refreshed] = [await party.redeem(code), await party.refresh(token)];
    expect([redeemed.json.error, refreshed.json.error]).toEqual(['invalid_grant', 'invalid_grant']);
    expect(await leftOf(name)).toEqual([]);
  });
});

it.each(ENDS)('SES-06: %s, while the second factor of a login is being shown', async (_case, end) => {
  const flows = await MfaFlows.of(broker);
  const name = await user();
  flows.withPhone.add(name.username);
  const journey = await Journey.begin(broker, await demo.client({ mfa: { policy: 'mfa' } }));
  await journey.signIn(name.username);
  await journey.fill({ choose: 'otp:sms|sms:1' });
  beforeWriting(() => end(name));
  await journey.fill({ code: CODE, action: 'verify' });
  expect(journey.callback).toEqual({});
  expect(await leftOf(name)).toEqual([]);
});

it('SES-06: what is written while the end is under way waits for it, and is not written', async () => {
  const name = await user();
  const party = demo.relyingParty(client);
  const { code = '' } = await demo.signIn(party, name.username);
  const { database, app } = broker.service;
  let redeemed: ReturnType<typeof party.redeem> | undefined;
  await database.transaction(async (tx) => {
    await app.get(UserTraces).end(tx, 'demo', name.userId);
    redeemed = party.redeem(code);
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%'`;
    await waitFor(async () => (await database.query(waiting)).length > 0);
  });
  expect((await redeemed)?.status).toBe(503);
  expect((await party.redeem(code)).json.error).toBe('invalid_grant');
  expect(await leftOf(name)).toEqual([]);
});

it('a session that its user ends does not come back either; others go on', async () => {
  const name = await user();
  const [one, two] = [new Browser(broker), new Browser(broker)];
  for (const browser of [one, two]) await demo.signIn(demo.relyingParty(client), name.username, { browser });
  const own = broker.service.app.get(ProviderRecords);
  const [newest, before] = await own.sessionsOf('demo', name.userId);
  beforeWriting(() => own.endSession('demo', name.userId, newest?.sessionId ?? ''));
  await two.follow(demo.relyingParty(client).authorizeUrl({ prompt: 'none' }));
  const left = await own.sessionsOf('demo', name.userId);
  expect(left.map(({ sessionId }) => sessionId)).toEqual([before?.sessionId]);
  const silent = await one.follow(demo.relyingParty(client).authorizeUrl({ prompt: 'none' }));
  expect(callbackOf(silent).code).toBeDefined();
});

it('ST-17: the password that holds by now signs in, right after the old one was refused', async () => {
  const name = await user();
  afterComparing(() => demo.manage('PUT', `${of(name)}/password`, { password: `${PASSWORD} 2` }));
  const { journey } = await post(name);
  const page = await journey.browser.follow(journey.page.at);
  const signed = await journey.browser.submit(page, {
    username: name.username,
    password: `${PASSWORD} 2`,
  });
  expect(callbackOf(signed).code).toBeDefined();
});

describe('SES-06, ST-17: an image passcode that is removed or replaced', () => {
  const ENDINGS: [string, (name: KnownUser) => Promise<unknown>][] = [
    ['removed', (name) => demo.manage('DELETE', `${of(name)}/image-passcode`)],
    [
      'replaced',
      ({ userId, username }) => {
        const making = broker.service.app.get(PasscodeMaking);
        return remake(making, { appId: 'demo', userId, username, replaces: true });
      },
    ],
  ];
  const remake = async (making: PasscodeMaking, subject: Parameters<PasscodeMaking['make']>[0]) => {
    const { grids } = making as unknown as { grids: PasscodeGrids };
    const { next: shown } = await grids.next('demo', subject.username);
    const picks = grids.grids('demo', subject.username, shown).map((grid) => grid[3]!);
    const made = await making.make(subject, { shown, picks, clientAddress: '198.18.0.1' });
    expect(made).toEqual({ userId: subject.userId, username: subject.username });
  };
  const asked = async (name: KnownUser) => {
    const party = await demo.client({ hintInFrontChannel: true, scopes: ['openid', '2fa'] });
    return Journey.begin(broker, party, { scope: 'openid 2fa', login_hint: name.username });
  };

  describe.each(ENDINGS)('%s', (_case, end) => {
    let name: KnownUser;
    let picks: string[];
    beforeEach(async () => {
      name = await user();
      picks = await new PasscodeUser(broker, name.username, name.userId).enrol();
    });

    it('while what it proved is being written', async () => {
      const journey = await asked(name);
      beforeWriting(() => end(name));
      await journey.fill(formOf(picks));
      expect([journey.heading, journey.callback]).toEqual(['Your secret images', {}]);
      expect(await leftOf(name)).toEqual([]);
    });

    it('before the browser comes back with it', async () => {
      const journey = await asked(name);
      const version = /name="version" value="(\d+)"/.exec(journey.page.text)?.[1] ?? '';
      const answer = await journey.post({ version, ...formOf(picks) });
      await end(name);
      const page = await journey.browser.follow(String(answer.headers.location));
      expect([page.status, page.at.startsWith(client.redirectUri)]).toEqual([400, false]);
    });

    it('before the code is redeemed; the user’s session goes on', async () => {
      const browser = new Browser(broker);
      await demo.signIn(demo.relyingParty(client), name.username, { browser });
      const journey = await asked(name);
      const { code = '' } = (await journey.fill(formOf(picks))).callback;
      expect(code).not.toBe('');
      await end(name);
      expect((await journey.party.redeem(code)).json.error).toBe('invalid_grant');
      const silent = await browser.follow(demo.relyingParty(client).authorizeUrl({ prompt: 'none' }));
      expect(callbackOf(silent).code).toBeDefined();
    });
  });
});
