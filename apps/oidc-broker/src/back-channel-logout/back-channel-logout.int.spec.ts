import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { waitFor } from '@countersign/testing';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { Browser, partsOf } from '../../test/relying-party.ts';
import { UserTraces } from '../directory/user-traces.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { LogoutDelivery } from './logout-delivery.ts';
import { MOST_ATTEMPTS, OF_ONE_CLIENT } from './logout-notice.decide.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import { LogoutNotices } from './logout-notices.ts';

// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
/** Clients' addresses for logout tokens: the claims that came, and how they answer. */
const told: Record<string, unknown>[] = [];
let answer = (): number => 200;
let door: Server;
beforeAll(async () => {
  await broker.open();
  door = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { header, claims } = partsOf(new URLSearchParams(body).get('logout_token') ?? '');
      told.push({ ...claims, typ: header.typ });
      response.writeHead(answer()).end();
    });
  });
  await new Promise<void>((listening) => door.listen(0, '127.0.0.1', listening));
}, 60_000);
afterAll(async () => {
  await broker.close();
  door.closeAllConnections();
  await new Promise((closed) => door.close(closed));
});
beforeEach(() => {
  told.length = 0;
  answer = () => 200;
});

const query = <T>(sql: string, params: unknown[] = []) => broker.service.database.query<T>(sql, params);
const left = () =>
  query<{ clientId: string; attempts: number; origin: string }>(
    'SELECT client_id AS "clientId", attempts, origin FROM logout_notices ORDER BY id',
  );
/** What waits is due now, and tried. */
const tryAgain = async () => {
  await query('UPDATE logout_notices SET due_at = clock_timestamp()');
  await broker.service.app.get(LogoutDelivery).deliverDue();
};
let users = 0;
const user = () => demo.user(`user-${(users += 1)}`);
const of = ({ username }: KnownUser) => `/v1/directory/users/${username}`;
const backchannelLogoutUri = () => `http://127.0.0.1:${(door.address() as AddressInfo).port}/bye`;

/** Signs the user in at a client; answers it with the session as it knows it. */
async function signedIn(name: KnownUser, more: object = {}, browser = new Browser(broker)) {
  const uri = { backchannelLogoutUri: backchannelLogoutUri(), backchannelLogoutSessionRequired: true };
  const party = demo.relyingParty(await demo.client({ ...uri, ...more }));
  const { code = '' } = await demo.signIn(party, name.username, { browser });
  const { claims } = partsOf((await party.redeem(code)).json.id_token);
  return { party, clientId: party.client.clientId, sid: claims.sid as string };
}

const event = async (userId: string, signedOutUntil?: Date) => {
  const handled = await broker.inbox('done');
  const data = { userId, before: signedOutUntil?.toISOString() };
  const more = signedOutUntil && { type: 'mfa.user.signed-out.v1', data };
  await broker.userDeleted('demo', userId, more as never);
  await waitFor(async () => (await broker.inbox('done')) > handled);
};
const own = () => broker.service.app.get(ProviderRecords);

const ENDS: [string, (name: KnownUser) => Promise<unknown>][] = [
  [
    'management sets a new password',
    (name) => demo.manage('PUT', `${of(name)}/password`, { password: 'other words are meant' }),
  ],
  ['management disables the user', (name) => demo.manage('PATCH', of(name), { enabled: false })],
  ['management deletes the user', (name) => demo.manage('DELETE', of(name))],
  ['the user is erased', ({ userId }) => event(userId)],
  ['factors are reset or removed', ({ userId }) => event(userId, new Date(Date.now() + 2000))],
  ['the user ends all sessions', ({ userId }) => own().endSessions('demo', userId)],
  [
    'the user ends one session',
    async ({ userId }) => {
      const [session] = await own().sessionsOf('demo', userId);
      await own().endSession('demo', userId, session?.sessionId ?? '');
    },
  ],
];

describe('OP-17: clients are told where a session of theirs ends', () => {
  it.each(ENDS)('%s', async (_case, end) => {
    const [name, other] = [await user(), await user()];
    const browser = new Browser(broker);
    const one = await signedIn(name, {}, browser);
    const two = await signedIn(name, { backchannelLogoutSessionRequired: false }, browser);
    await signedIn(
      name,
      { backchannelLogoutUri: undefined, backchannelLogoutSessionRequired: false },
      browser,
    );
    await signedIn(other);
    await end(name);
    await waitFor(async () => (await left()).length === 0);
    const token = ({ party, clientId }: typeof one, sid?: string) => ({
      ...{ typ: 'logout+jwt', iss: party.issuer, aud: clientId, sub: name.userId },
      ...(sid !== undefined && { sid }),
      ...{ iat: expect.any(Number), exp: expect.any(Number), jti: expect.any(String) },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(told).toHaveLength(2);
    expect(told).toEqual(expect.arrayContaining([token(one, one.sid), token(two)]));
  });

  it('somebody else signs in with the browser', async () => {
    const [name, other] = [await user(), await user()];
    const browser = new Browser(broker);
    const { clientId, sid, party } = await signedIn(name, {}, browser);
    await demo.signIn(party, other.username, { browser, changed: { prompt: 'login' } });
    await waitFor(() => told.length > 0);
    expect(told).toEqual([expect.objectContaining({ aud: clientId, sub: name.userId, sid })]);
  });

  it('what is not ended is not told of: the session that the user changes the password in', async () => {
    const name = await user();
    const [gone, kept] = [await signedIn(name), await signedIn(name)];
    const [newest] = await own().sessionsOf('demo', name.userId);
    const traces = broker.service.app.get(UserTraces);
    await broker.service.database.transaction((tx) =>
      traces.end(tx, 'demo', name.userId, { except: newest?.sessionId }),
    );
    await waitFor(() => told.length > 0);
    expect([told.map(({ sid }) => sid), kept.sid === gone.sid]).toEqual([[gone.sid], false]);
  });

  it('nor what is taken back: notices are of the transaction that ends the session', async () => {
    const name = await user();
    await signedIn(name);
    const traces = broker.service.app.get(UserTraces);
    const undone = broker.service.database.transaction(async (tx) => {
      await traces.end(tx, 'demo', name.userId);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await left()).toEqual([]);
  });

  it('by the issuer that the user signed in at', async () => {
    const name = await user();
    const { clientId } = await signedIn(name);
    answer = () => 503;
    await demo.manage('PATCH', of(name), { enabled: false });
    await waitFor(async () => (await left())[0]?.attempts === 1 && told.length === 1);
    expect(await left()).toEqual([{ clientId, attempts: 1, origin: broker.issuerOrigin }]);
    answer = () => 200;
    await query(`UPDATE logout_notices SET origin = 'https://id.bank.example'`);
    await waitFor(async () => (await tryAgain(), (await left()).length === 0));
    expect(told.at(-1)).toMatchObject({ iss: 'https://id.bank.example/oidc/demo' });
  });
});

describe('a client that does not answer', () => {
  const ended = async () => {
    const name = await user();
    const party = await signedIn(name);
    await demo.manage('PATCH', of(name), { enabled: false });
    await waitFor(() => told.length > 0);
    return party;
  };
  const settled = () =>
    waitFor(
      async () =>
        (
          await query(`SELECT 1 FROM logout_notices WHERE due_at > clock_timestamp()
      + interval '30 seconds' AND attempts = 1`)
        ).length === 0,
    );

  it('is asked a bounded number of times, each time by a token of its own', async () => {
    answer = () => 500;
    await ended();
    await settled();
    for (let round = 0; round < MOST_ATTEMPTS + 2; round++) await tryAgain();
    expect([told.length, await left()]).toEqual([MOST_ATTEMPTS, []]);
    expect(new Set(told.map(({ jti }) => jti)).size).toBe(MOST_ATTEMPTS);
  });

  it('is asked again after a restart', async () => {
    answer = () => 500;
    const { clientId } = await ended();
    await settled();
    await broker.restart();
    answer = () => 200;
    await tryAgain();
    await waitFor(async () => (await left()).length === 0);
    expect(told.map(({ aud }) => aud)).toEqual([clientId, clientId]);
  });

  it('is asked again where whoever was asking it has died', async () => {
    answer = () => 500;
    await ended();
    await settled();
    await query('UPDATE logout_notices SET due_at = clock_timestamp()');
    // taken, and never heard of again
    const [taken] = await broker.service.app.get(LogoutNoticeRepository).claim(1, 60);
    expect(taken?.attempts).toBe(2);
    expect(await broker.service.app.get(LogoutDelivery).deliverDue()).toBe(0);
    answer = () => 200;
    await tryAgain();
    expect([told.length, await left()]).toEqual([2, []]);
  });

  it('is asked no more once it is gone, or has no address any more', async () => {
    answer = () => 500;
    const { clientId } = await ended();
    await settled();
    await demo.manage('DELETE', `/v1/clients/${clientId}`);
    await waitFor(async () => (await tryAgain(), (await left()).length === 0));
    expect(told).toHaveLength(1);
  });
});

describe('a client that hangs', () => {
  /** Requests that nobody has answered yet. */
  const held = new Set<ServerResponse>();
  let most = 0;
  let hangs: boolean;
  let slow: Server;
  const release = () => {
    hangs = false;
    for (const response of held) response.writeHead(200).end();
  };
  beforeAll(async () => {
    slow = createServer((_request, response) => {
      if (!hangs) return void response.writeHead(200).end();
      held.add(response);
      most = Math.max(most, held.size);
      response.on('close', () => held.delete(response));
    });
    await new Promise<void>((listening) => slow.listen(0, '127.0.0.1', listening));
  });
  beforeEach(() => {
    hangs = true;
    most = 0;
  });
  afterAll(async () => {
    slow.closeAllConnections();
    await new Promise((closed) => slow.close(closed));
  });

  /** A client that hangs, and so many notices to it, all due. */
  const plan = async (count: number) => {
    const { port } = slow.address() as AddressInfo;
    const { clientId } = await demo.client({ backchannelLogoutUri: `http://127.0.0.1:${port}/bye` });
    const ended = Array.from({ length: count }, (_, at) => ({
      ...{ clientId, userId: 'dana', sid: `s${at}`, origin: broker.issuerOrigin },
    }));
    await broker.service.app.get(LogoutNoticeRepository).insert('demo', ended);
  };
  const tell = async (application: ProviderApplication) => {
    const { clientId } = await application.client({ backchannelLogoutUri: backchannelLogoutUri() });
    const ended = { clientId, userId: 'erin', sid: 'healthy', origin: broker.issuerOrigin };
    await broker.service.app.get(LogoutNotices).of(application.appId, ended);
    await waitFor(() => told.some(({ aud }) => aud === clientId));
  };

  it('keeps nobody waiting, however many notices there are to it; they go on as it answers', async () => {
    await plan(80);
    const round = broker.service.app.get(LogoutDelivery).deliverDue();
    await waitFor(() => held.size === OF_ONE_CLIENT);
    const open = [...held];
    await tell(new ProviderApplication(broker, 'acme'));
    await tell(demo);
    // what began first is still open, and nothing else of that client began
    expect([[...held], most]).toEqual([open, OF_ONE_CLIENT]);
    release();
    expect(await round).toBe(OF_ONE_CLIENT);
    // by the timer alone, 4 in 5 s, this would take minutes
    await waitFor(async () => (await left()).length === 0);
  });

  it('is waited for when the service stops, before the database closes', async () => {
    await plan(1);
    const round = broker.service.app.get(LogoutDelivery).deliverDue();
    await waitFor(() => held.size === 1);
    const { messaging } = broker.service;
    const stop = messaging.stop.bind(messaging);
    messaging.stop = async () => {
      await stop();
      setTimeout(release, 200);
    };
    await broker.restart();
    await round;
    expect(await left()).toEqual([]);
  });
});
