import { waitFor } from '@countersign/testing';
import { SsoData } from '../../test/sso-data.ts';
import { SsoIdentifierRepository } from '../sso-identifiers/sso-identifier.repository.ts';
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
      expect(await app.get(UserRepository).hold(tx, owner)).toBe(true);
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
      expect(await app.get(UserRepository).hold(tx, owner)).toBe(false),
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
