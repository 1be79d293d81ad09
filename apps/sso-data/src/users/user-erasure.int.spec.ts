import { waitFor } from '@countersign/testing';
import { jest } from '@jest/globals';
import { SsoData } from '../../test/sso-data.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { SsoIdentifierRepository } from '../sso-identifiers/sso-identifier.repository.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import { saveThirdParty } from '../../test/third-party-values.ts';
import { UserKeys } from './user-keys.ts';
import { UserErasure } from './user-erasure.service.ts';
import { UserRepository } from './user.repository.ts';

const sso = new SsoData();
let key: string;
const identifier = (username: string) => `/v1/sso-identifiers/${username}`;
const registration = (username: string) => `/v1/mfa-registrations/${username}/acme`;
const put = (path: string, value: string) => sso.request('PUT', path, key, { value });
const read = async (path: string) => (await sso.request('GET', path, key)).body?.value as string | undefined;
const usersRow = async (userId: string) =>
  (
    await sso.service.database.query<Record<string, unknown>>('SELECT * FROM users WHERE user_id = $1', [
      userId,
    ])
  )[0];
const handled = async (send: () => Promise<unknown>) => {
  const before = await sso.inbox('done');
  await send();
  await waitFor(async () => (await sso.inbox('done')) > before, { what: 'the event to be handled' });
};

beforeAll(async () => {
  await sso.open();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());
beforeEach(() => {
  sso.neighbours.afterResolve = undefined;
});

describe('mfa.user.deleted.v1', () => {
  it('interface: deletion reaches this service: everything of that user goes, of nobody else', async () => {
    for (const user of ['gone', 'stays']) {
      await put(identifier(user), `id-of-${user}`);
      await put(registration(user), `device-of-${user}`);
    }
    const userId = sso.neighbours.userId('demo', 'gone');
    await handled(() => sso.userDeleted('demo', userId));
    expect([await read(identifier('gone')), await read(registration('gone'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect([await read(identifier('stays')), await read(registration('stays'))]).toEqual([
      'id-of-stays',
      'device-of-stays',
    ]);
    expect(await usersRow(userId)).toMatchObject({
      username_key: null,
      data_key: null,
      erased_at: expect.any(Date),
    });
  });

  it('EV-02: delivered again, and replayed after the name was taken anew, it changes nothing', async () => {
    await put(identifier('again'), 'old');
    const userId = sso.neighbours.userId('demo', 'again');
    let event: object = {};
    await handled(async () => (event = await sso.userDeleted('demo', userId)));
    const tombstone = await usersRow(userId);
    sso.neighbours.forget('demo', 'again');
    expect((await put(identifier('again'), 'new')).status).toBe(204);
    await sso.publish(userId, event);
    await handled(() => sso.userDeleted('demo', userId));
    expect(await read(identifier('again'))).toBe('new');
    expect(await usersRow(userId)).toEqual(tombstone);
  });

  it('a user nobody heard of gets a tombstone, which refuses the write that comes late', async () => {
    const userId = sso.neighbours.userId('demo', 'early');
    await handled(() => sso.userDeleted('demo', userId));
    // the orchestrator still answers the old id once, then the new one
    sso.neighbours.afterResolve = async () => sso.neighbours.forget('demo', 'early');
    expect((await put(identifier('early'), 'late')).status).toBe(204);
    const [row] = await sso.service.database.query<{ userId: string }>(
      `SELECT user_id AS "userId" FROM sso_identifiers WHERE username_key = 'early'`,
    );
    expect(row?.userId).not.toBe(userId);
  });

  it('ST-17: a user deleted between asking and writing gets no value', async () => {
    const userId = sso.neighbours.userId('demo', 'racer');
    sso.neighbours.afterResolve = async () => {
      sso.neighbours.afterResolve = undefined;
      sso.neighbours.forget('demo', 'racer');
      await handled(() => sso.userDeleted('demo', userId));
    };
    expect((await put(identifier('racer'), 'value')).status).toBe(204);
    const rows = await sso.service.database.query('SELECT 1 FROM sso_identifiers WHERE user_id = $1', [
      userId,
    ]);
    expect(rows).toEqual([]);
    expect(await read(identifier('racer'))).toBe('value');
  });

  it('EXT-10: a write under way and the erasure wait for each other, and nothing stays behind', async () => {
    const { app, database } = sso.service;
    const owner = {
      appId: 'demo',
      userId: 'u-held',
      usernameKey: 'held',
      resolvedAt: '2026-03-01T12:00:00Z',
    };
    const steps = { held: Promise.withResolvers<void>(), goOn: Promise.withResolvers<void>() };
    const writing = database.transaction(async (tx) => {
      expect(await app.get(UserRepository).hold(tx, owner)).toBeDefined();
      steps.held.resolve();
      await steps.goOn.promise;
      await app.get(SsoIdentifierRepository).put(tx, owner, { sealedValue: 'v1.x', keyId: 'service' });
    });
    await steps.held.promise;
    const erased = handled(() => sso.userDeleted('demo', owner.userId));
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'the erasure to wait' });
    steps.goOn.resolve();
    await Promise.all([writing, erased]);
    expect(await database.query('SELECT 1 FROM sso_identifiers WHERE user_id = $1', [owner.userId])).toEqual(
      [],
    );
    await database.transaction(async (tx) =>
      expect(await app.get(UserRepository).hold(tx, owner)).toBeUndefined(),
    );
  });

  it('a name that only ever resolves to users who are gone is 503, not a value for a ghost', async () => {
    const userId = sso.neighbours.userId('demo', 'ghost');
    await handled(() => sso.userDeleted('demo', userId));
    expect((await put(identifier('ghost'), 'value')).status).toBe(503);
    expect(await read(identifier('ghost'))).toBeUndefined();
  });

  it.each([
    ['EV-01: from another source', { source: '/token-service' }],
    ['EV-01: without a user', { data: {} }],
  ])('%s it erases nothing and is dead', async (_case, changed) => {
    await put(identifier('victim'), 'kept');
    const dead = await sso.inbox('dead');
    await sso.userDeleted('demo', sso.neighbours.userId('demo', 'victim'), changed);
    await waitFor(async () => (await sso.inbox('dead')) > dead, { what: 'the event to be dead' });
    expect(await read(identifier('victim'))).toBe('kept');
  });

  it('EV-05: of another application it erases nothing', async () => {
    await put(identifier('tenant'), 'kept');
    await handled(() => sso.userDeleted('other', sso.neighbours.userId('demo', 'tenant')));
    expect(await read(identifier('tenant'))).toBe('kept');
  });
});

describe('a name that changes hands before the event arrives', () => {
  it('the new user’s write erases what was the old one’s, and the old one’s late write is refused', async () => {
    await put(identifier('name'), 'old id');
    await put(registration('name'), 'old device');
    const old = sso.neighbours.userId('demo', 'name');
    sso.neighbours.forget('demo', 'name');
    expect((await put(identifier('name'), 'new id')).status).toBe(204);
    expect(await read(identifier('name'))).toBe('new id');
    expect(await read(registration('name'))).toBeUndefined();
    expect(await usersRow(old)).toMatchObject({ erased_at: expect.any(Date), username_key: null });
  });

  it('a write that was resolved before, and comes after, does not overwrite the new user’s value', async () => {
    const old = sso.neighbours.userId('demo', 'slow');
    sso.neighbours.afterResolve = async () => {
      sso.neighbours.afterResolve = undefined;
      sso.neighbours.forget('demo', 'slow');
      await put(registration('slow'), 'of the new user');
    };
    expect((await put(identifier('slow'), 'written late')).status).toBe(204);
    expect(await usersRow(old)).toMatchObject({ erased_at: expect.any(Date) });
    expect(await read(registration('slow'))).toBe('of the new user');
    expect(await read(identifier('slow'))).toBe('written late');
    const rows = await sso.service.database.query('SELECT 1 FROM sso_identifiers WHERE user_id = $1', [old]);
    expect(rows).toEqual([]);
  });
});

/** What was said of that user, in order. */
const said = async (userId: string) =>
  (
    await sso.service.database.query<{ event: { type: string; data: unknown; appid: string } }>(
      `SELECT convert_from(body, 'UTF8')::jsonb AS event FROM outbox
       WHERE convert_from(body, 'UTF8')::jsonb ->> 'subject' = $1 ORDER BY created_at`,
      [userId],
    )
  ).map(({ event: { type, appid, data } }) => ({ type, appid, data }));
const erasedEvent = (userId: string) => ({
  type: 'sso.user-data.erased.v1',
  appid: 'demo',
  data: { userId },
});
const thirdParty = (username: string, element = 'Session.Id', vendor = 'acme') =>
  saveThirdParty(sso, { appId: 'demo', username, vendor, element }, `partner-id-of-${username}`);
const count = async (table: string, userId: string) =>
  (await sso.service.database.query(`SELECT 1 FROM ${table} WHERE user_id = $1`, [userId])).length;

describe('erasing', () => {
  it('issue 5: third-party data goes too, the key is destroyed, and it is said once, by the id alone', async () => {
    await put(identifier('told'), 'value-of-told');
    await thirdParty('told');
    const userId = sso.neighbours.userId('demo', 'told');
    expect((await usersRow(userId))?.data_key).toEqual(expect.any(String));
    let event: object = {};
    await handled(async () => (event = await sso.userDeleted('demo', userId)));
    expect(await count('third_party_data', userId)).toBe(0);
    expect(await usersRow(userId)).toMatchObject({ data_key: null, data_key_kek: null, resolved_at: null });
    expect(await said(userId)).toEqual([erasedEvent(userId)]);
    // EV-02: delivered again, and sent anew
    await sso.publish(userId, event);
    await handled(() => sso.userDeleted('demo', userId));
    expect(await said(userId)).toEqual([erasedEvent(userId)]);
  });

  it('it is said also of a user nobody heard of: from now on nothing is kept of them', async () => {
    const userId = sso.neighbours.userId('demo', 'unheard');
    await handled(() => sso.userDeleted('demo', userId));
    await handled(() => sso.userDeleted('demo', userId));
    expect(await said(userId)).toEqual([erasedEvent(userId)]);
  });

  it('the user whose name was taken over is told of as well', async () => {
    await thirdParty('passed-on');
    const old = sso.neighbours.userId('demo', 'passed-on');
    sso.neighbours.forget('demo', 'passed-on');
    await put(identifier('passed-on'), 'new');
    expect(await count('third_party_data', old)).toBe(0);
    expect((await usersRow(old))?.data_key).toBeNull();
    expect(await said(old)).toEqual([erasedEvent(old)]);
    expect(await said(sso.neighbours.userId('demo', 'passed-on'))).toEqual([]);
  });

  it('what is kept of the values in memory goes when it is committed, not before and not without', async () => {
    const { app, database } = sso.service;
    const changed = jest.spyOn(app.get(CachedValues), 'changed');
    const dropped = () => changed.mock.calls.map(([appId, userId]) => `${appId}:${userId}`);
    await thirdParty('kept');
    const userId = sso.neighbours.userId('demo', 'kept');
    changed.mockClear();
    const erasure = app.get(UserErasure);
    const undone = database.transaction(async (tx) => {
      await erasure.erase(tx, 'demo', userId);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect([dropped(), await said(userId)]).toEqual([[], []]);
    await database.transaction(async (tx) => {
      await erasure.erase(tx, 'demo', userId);
      expect(dropped()).toEqual([]);
    });
    expect(dropped()).toEqual([`demo:${userId}`]);
    changed.mockRestore();
  });
});

describe('emptying a user who lives on', () => {
  const empty = (userId: string) =>
    sso.service.database.transaction((tx) => sso.service.app.get(UserErasure).empty(tx, 'demo', userId));

  it('deletes all third-party data and the key, leaves no tombstone, and the next value gets another key', async () => {
    for (const [element, vendor] of [
      ['Session.Id', 'acme'],
      ['Other', 'other'],
    ] as const)
      await thirdParty('emptied', element, vendor);
    await thirdParty('neighbour');
    const userId = sso.neighbours.userId('demo', 'emptied');
    const before = await usersRow(userId);
    expect(await empty(userId)).toBe(true);
    expect(await usersRow(userId)).toMatchObject({ data_key: null, data_key_kek: null, erased_at: null });
    expect(await count('third_party_data', userId)).toBe(0);
    expect(await count('third_party_data', sso.neighbours.userId('demo', 'neighbour'))).toBe(1);
    expect([await empty(userId), await said(userId)]).toEqual([false, []]);
    await thirdParty('emptied');
    const after = await usersRow(userId);
    expect(after?.data_key).toEqual(expect.any(String));
    expect(after?.data_key).not.toBe(before?.data_key);
  });

  it('keeps the key while an identifier or a registration is sealed with it', async () => {
    await thirdParty('keeper');
    await put(identifier('keeper'), 'crm');
    await put(registration('keeper'), 'device');
    const userId = sso.neighbours.userId('demo', 'keeper');
    expect(await empty(userId)).toBe(false);
    expect([await read(identifier('keeper')), await read(registration('keeper'))]).toEqual(['crm', 'device']);
    await sso.request('DELETE', identifier('keeper'), key);
    expect(await empty(userId)).toBe(false);
    expect(await read(registration('keeper'))).toBe('device');
    await sso.request('DELETE', registration('keeper'), key);
    expect(await empty(userId)).toBe(true);
  });

  it('does nothing for nobody and for who is gone', async () => {
    expect(await empty('nobody')).toBe(false);
    const userId = sso.neighbours.userId('demo', 'departed');
    await handled(() => sso.userDeleted('demo', userId));
    const tombstone = await usersRow(userId);
    expect(await empty(userId)).toBe(false);
    expect(await usersRow(userId)).toEqual(tombstone);
  });

  it('EXT-10: a write that comes meanwhile waits, and seals with a key that is there', async () => {
    await thirdParty('meanwhile');
    const userId = sso.neighbours.userId('demo', 'meanwhile');
    const { app, database } = sso.service;
    let writing: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      expect(await app.get(UserErasure).empty(tx, 'demo', userId)).toBe(true);
      writing = put(identifier('meanwhile'), 'written');
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'the write to wait' });
    });
    expect(await writing).toMatchObject({ status: 204 });
    expect(await read(identifier('meanwhile'))).toBe('written');
  });

  it('EXT-10: it waits for a write under way, and leaves the key to what was written', async () => {
    await thirdParty('first');
    const { app, database } = sso.service;
    const userId = sso.neighbours.userId('demo', 'first');
    const owner = { appId: 'demo', userId, usernameKey: 'first', resolvedAt: '2026-03-01T12:00:00Z' };
    let emptied: Promise<boolean> = Promise.resolve(false);
    await database.transaction(async (tx) => {
      const wrapped = await app.get(UserRepository).hold(tx, owner);
      emptied = empty(userId);
      const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'it to wait' });
      const vault = app.get(UserKeys).open(wrapped!, 'demo', userId);
      const sealed = app.get(SealedValues).seal('written', identifierOwner('demo', userId), vault);
      await app.get(SsoIdentifierRepository).put(tx, owner, sealed);
    });
    expect(await emptied).toBe(false);
    expect(await read(identifier('first'))).toBe('written');
  });
});
