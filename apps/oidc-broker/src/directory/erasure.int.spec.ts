import { jest } from '@jest/globals';
import { waitFor } from '@countersign/testing';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { DirectoryErasure } from './directory-erasure.service.ts';
import { DirectoryService } from './directory.service.ts';
import { ErasedUsers } from './erased-users.repository.ts';

// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
let key: string;
const PASSWORD = 'orange boat sails north';
const USERS = '/v1/directory/users';
const create = (username: string, more: object = {}) =>
  broker.request('POST', USERS, key, { username, password: PASSWORD, ...more });
const get = (username: string) => broker.request('GET', `${USERS}/${username}`, key);
const query = <Row>(sql: string, params: unknown[] = []) => broker.service.database.query<Row>(sql, params);
const directory = () => broker.service.app.get(DirectoryService);
const handled = async (send: () => Promise<unknown>) => {
  const before = await broker.inbox('done');
  await send();
  await waitFor(async () => (await broker.inbox('done')) > before, { what: 'the event to be handled' });
};
const said = async (userId: string) =>
  (
    await query<{ type: string }>(
      `SELECT convert_from(body, 'UTF8')::jsonb ->> 'type' AS type FROM outbox
       WHERE convert_from(body, 'UTF8')::jsonb ->> 'subject' = $1 ORDER BY created_at`,
      [userId],
    )
  ).map(({ type }) => type);
const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
/** A session, a grant and a token of it, as the provider keeps them. */
const signIn = async (userId: string, uid: string) => {
  const rows = [
    [`Session:${uid}`, 'Session', null, uid, null],
    [`Grant:g-${uid}`, 'Grant', null, null, null],
    [`RefreshToken:r-${uid}`, 'RefreshToken', `g-${uid}`, null, uid],
    [`AccessToken:a-${uid}`, 'AccessToken', `g-${uid}`, null, null],
  ];
  for (const [id, kind, grant, own, session] of rows)
    await query(
      `INSERT INTO oidc_records (app_id, id, kind, payload, user_id, client_id, grant_id, uid, session_uid, expires_at)
       VALUES ('demo', $1, $2, '{}', $3, 'c', $4, $5, $6, clock_timestamp() + interval '1 hour')`,
      [id, kind, userId, grant, own, session],
    );
};
/** Whatever else is kept of a user, by table. */
const TRACES = {
  logins: `INSERT INTO logins (app_id, uid, version, user_id, proofs, sealed_state, expires_at)
    VALUES ('demo', $2, 1, $1, '[]', '', clock_timestamp() + interval '1 hour')`,
  remembered_devices: `INSERT INTO remembered_devices
      (app_id, id, user_id, token_hash, policies, client_address, user_agent, expires_at)
    VALUES ('demo', $2, $1, $2, '{}', '', '', clock_timestamp() + interval '1 hour')`,
  image_passcodes: `INSERT INTO image_passcodes (app_id, user_id, username_key, generation, rounds, grid_size, verifier)
    VALUES ('demo', $1, $2, 1, 4, 9, 'x')`,
};
const leaveTraces = async (userId: string) => {
  for (const sql of Object.values(TRACES)) await query(sql, [userId, `of-${userId}`]);
};
const traces = async (userId: string) => {
  const left: string[] = [];
  for (const table of Object.keys(TRACES))
    if ((await query(`SELECT 1 FROM ${table} WHERE user_id = $1`, [userId])).length > 0) left.push(table);
  return left;
};
const kept = async (userId: string) =>
  (await query<{ id: string }>('SELECT id FROM oidc_records WHERE user_id = $1 ORDER BY id', [userId])).map(
    ({ id }) => id,
  );

beforeAll(async () => {
  await broker.open();
  key = `Bearer ${broker.neighbours.key('demo', 'user:read', 'user:write')}`;
});
afterAll(() => broker.close());
beforeEach(() => {
  broker.neighbours.afterResolve = undefined;
});

describe('mfa.user.deleted.v1', () => {
  it('everything of that user goes, of nobody else, and it is said once, by the id alone', async () => {
    const [gone, stays] = [(await create('gone')).body.userId, (await create('stays')).body.userId];
    for (const userId of [gone, stays]) {
      await signIn(userId, `s-${userId}`);
      await leaveTraces(userId);
    }
    let event: object = {};
    await handled(async () => (event = await broker.userDeleted('demo', gone)));
    expect([(await get('gone')).status, (await get('stays')).status]).toEqual([404, 200]);
    expect([await kept(gone), (await kept(stays)).length]).toEqual([[], 4]);
    expect([await traces(gone), await traces(stays)]).toEqual([[], Object.keys(TRACES)]);
    expect(await directory().find('demo', gone)).toBeUndefined();
    // EV-02: delivered again, and sent anew
    await broker.publish(gone, event);
    await handled(() => broker.userDeleted('demo', gone));
    expect(await said(gone)).toEqual(['directory.user.created.v1', 'directory.user.deleted.v1']);
    expect(await query('SELECT user_id FROM erased_users WHERE user_id = $1', [gone])).toHaveLength(1);
  });

  it('of a user who is not in the directory, nothing is said', async () => {
    const userId = broker.neighbours.userId('demo', 'elsewhere');
    await handled(() => broker.userDeleted('demo', userId));
    expect(await said(userId)).toEqual([]);
  });

  it('a name that only ever resolves to users who are gone is 503, not an entry for a ghost', async () => {
    const userId = broker.neighbours.userId('demo', 'ghost');
    await handled(() => broker.userDeleted('demo', userId));
    expect((await create('ghost')).status).toBe(503);
    expect((await get('ghost')).status).toBe(404);
  });

  it('EXT-10: it waits for what is being written of the user, and later writes are refused', async () => {
    const { userId } = (await create('writer')).body;
    const { app, database } = broker.service;
    let erased: Promise<void> = Promise.resolve();
    await database.transaction(async (tx) => {
      expect(await app.get(ErasedUsers).hold(tx, 'demo', userId)).toBe(true);
      erased = handled(() => broker.userDeleted('demo', userId));
      await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'the erasure to wait' });
    });
    await erased;
    expect(await database.transaction((tx) => app.get(ErasedUsers).hold(tx, 'demo', userId))).toBe(false);
  });

  it.each([
    ['EV-01: from another source', { source: '/token-service' }],
    ['EV-01: without a user', { data: {} }],
  ])('%s it erases nothing and is dead', async (_case, changed) => {
    if ((await get('victim')).status === 404) await create('victim');
    const dead = await broker.inbox('dead');
    await broker.userDeleted('demo', broker.neighbours.userId('demo', 'victim'), changed);
    await waitFor(async () => (await broker.inbox('dead')) > dead, { what: 'the event to be dead' });
    expect((await get('victim')).status).toBe(200);
  });

  it('EV-05: of another application it erases nothing', async () => {
    const { userId } = (await create('tenant')).body;
    await handled(() => broker.userDeleted('other', userId));
    expect((await get('tenant')).status).toBe(200);
  });
});

describe('a name that changes hands before the event arrives', () => {
  it('the new user gets an entry of their own, without anything of the old one', async () => {
    const old = (await create('name')).body.userId;
    await signIn(old, 's-old');
    broker.neighbours.forget('demo', 'name');
    const created = await create('name', { password: 'quiet lamps over water' });
    expect([created.status, created.body.userId]).toEqual([201, broker.neighbours.userId('demo', 'name')]);
    expect(created.body.userId).not.toBe(old);
    const check = (password: string) =>
      directory().checkPassword('demo', 'name', password, { address: '192.0.2.1' });
    expect([(await check(PASSWORD)).ok, (await check('quiet lamps over water')).ok]).toEqual([false, true]);
    expect([await kept(old), await said(old)]).toEqual([
      [],
      ['directory.user.created.v1', 'directory.user.deleted.v1'],
    ]);
  });

  it('one that was resolved before, and comes after, takes nothing from the new user', async () => {
    const old = broker.neighbours.userId('demo', 'slow');
    broker.neighbours.afterResolve = async () => {
      broker.neighbours.afterResolve = undefined;
      broker.neighbours.forget('demo', 'slow');
      expect((await create('slow', { name: 'New' })).status).toBe(201);
    };
    expect((await create('slow', { name: 'Old' })).status).toBe(409);
    expect((await get('slow')).body).toMatchObject({ name: 'New' });
    expect(await directory().find('demo', old)).toBeUndefined();
  });
});

describe('what a user has open', () => {
  it.each([
    ['SES-06: ends with a new password', 'PUT', '/password', { password: 'quiet lamps over water' }],
    ['OP-14: ends when they are disabled', 'PATCH', '', { enabled: false }],
  ] as const)('%s; what they granted stays', async (_case, method, more, body) => {
    const name = `open-${method.toLowerCase()}`;
    const { userId } = (await create(name)).body;
    await signIn(userId, `s-${name}`);
    await leaveTraces(userId);
    expect((await broker.request(method, `${USERS}/${name}${more}`, key, body)).status).toBeLessThan(300);
    expect(await kept(userId)).toEqual([`Grant:g-s-${name}`]);
    expect(await traces(userId)).toEqual(['image_passcodes']);
  });

  it('goes, consents too, when they are taken out of the directory', async () => {
    const { userId } = (await create('leaver')).body;
    await signIn(userId, 's-leaver');
    await leaveTraces(userId);
    expect((await broker.request('DELETE', `${USERS}/leaver`, key)).status).toBe(204);
    expect([await kept(userId), await traces(userId)]).toEqual([[], []]);
  });

  it('stays when nothing is decided: an erasure that is rolled back erased nothing', async () => {
    const { userId } = (await create('undone')).body;
    await signIn(userId, 's-undone');
    const undone = broker.service.database.transaction(async (tx) => {
      await broker.service.app.get(DirectoryErasure).erase(tx, 'demo', userId);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect([(await get('undone')).status, (await kept(userId)).length]).toEqual([200, 4]);
    expect(await said(userId)).toEqual(['directory.user.created.v1']);
  });
});

describe('a user’s own change of password', () => {
  const NEXT = 'quiet lamps over water';
  const from = { address: '192.0.2.77' };
  const change = (userId: string, old: string, next: string, more: object = {}) =>
    directory().changePassword('demo', userId, { old, next }, { ...from, ...more });
  const check = async (name: string, password: string) =>
    (await directory().checkPassword('demo', name, password, { address: '192.0.2.78' })).ok;

  it('security 18: takes the old one, ends every other session, and says so', async () => {
    const { userId } = (await create('changer')).body;
    for (const uid of ['here', 'there']) await signIn(userId, uid);
    expect(await change(userId, PASSWORD, NEXT, { except: 'here' })).toEqual({ ok: true, value: undefined });
    expect([await check('changer', PASSWORD), await check('changer', NEXT)]).toEqual([false, true]);
    // its access token is bound to no session, and ends
    expect(await kept(userId)).toEqual([
      'Grant:g-here',
      'Grant:g-there',
      'RefreshToken:r-here',
      'Session:here',
    ]);
    expect(await said(userId)).toEqual(['directory.user.created.v1', 'directory.user.changed.v1']);
  });

  it('OTP-01: a wrong old one changes nothing, and counts like any guess', async () => {
    const { userId } = (await create('careless')).body;
    for (let n = 0; n < 5; n++)
      expect(await change(userId, `wrong ${n}`, NEXT)).toMatchObject({
        refusal: { code: 'directory/sign-in-refused' },
      });
    expect(await change(userId, PASSWORD, NEXT)).toMatchObject({ ok: false });
    expect(await check('careless', PASSWORD)).toBe(false);
    expect(await directory().changePassword('demo', 'nobody', { old: '', next: NEXT }, from)).toMatchObject({
      refusal: { code: 'directory/sign-in-refused' },
    });
  });

  it('a new one that may not be one is refused before anything is counted', async () => {
    const { userId } = (await create('hasty')).body;
    await query('DELETE FROM attempts');
    expect(await change(userId, 'wrong', 'short')).toMatchObject({
      refusal: { code: 'directory/password-refused', field: 'password' },
    });
    expect(await query('SELECT 1 FROM attempts')).toEqual([]);
  });

  it('ST-17: of two at once one wins: who knew the old one does not undo the newer', async () => {
    const { userId } = (await create('racer')).body;
    const both = await Promise.all([change(userId, PASSWORD, NEXT), change(userId, PASSWORD, `${NEXT} 2`)]);
    expect(both.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    const won = both[0].ok ? NEXT : `${NEXT} 2`;
    expect(await check('racer', won)).toBe(true);
  });
});
