import { waitFor } from '@countersign/testing';
import { registrationOwner } from '../mfa-registrations/mfa-registration.service.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { SsoData } from '../../test/sso-data.ts';
import { UserRepository } from './user.repository.ts';
import { ValueAdoptionRepository } from './value-adoption.repository.ts';
import { ValueAdoption } from './value-adoption.service.ts';

const sso = new SsoData();
let key: string;
const identifier = (username: string) => `/v1/sso-identifiers/${username}`;
const registration = (username: string, provider = 'acme') => `/v1/mfa-registrations/${username}/${provider}`;
const put = (path: string, value: string) => sso.request('PUT', path, key, { value });
const get = async (path: string) => (await sso.request('GET', path, key)).body;
const userId = (username: string) => sso.neighbours.userId('demo', username);
const query = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);
const adoptSome = () => sso.service.app.get(ValueAdoption).adoptSome();
const keyIds = async (username: string) =>
  (
    await query<{ keyId: string }>(
      `SELECT key_id AS "keyId" FROM sso_identifiers WHERE user_id = $1
       UNION ALL SELECT key_id FROM mfa_registrations WHERE user_id = $1`,
      [userId(username)],
    )
  ).map((row) => row.keyId);
const owner = (username: string) => ({
  appId: 'demo',
  userId: userId(username),
  usernameKey: username,
  resolvedAt: '2026-03-01T12:00:00Z',
});

/** Writes rows exactly as the release before did: sealed with the service's key, the user without one. */
async function storedBefore(username: string, providers: string[] = ['acme']): Promise<void> {
  const id = userId(username);
  const { vault } = sso.service.platform;
  const seal = (text: string, { kind }: { kind: string }) => vault.seal(text, `demo:${id}:${kind}`);
  await query(
    `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ('demo', $1, $2, '2026-01-01T00:00:00Z')
     ON CONFLICT DO NOTHING`,
    [id, username],
  );
  await query(
    `INSERT INTO sso_identifiers (app_id, username_key, user_id, sealed_value, key_id, updated_at)
     VALUES ('demo', $1, $2, $3, 'service', '2026-01-01T00:00:00Z')`,
    [username, id, seal(`id-of-${username}`, identifierOwner('demo', id))],
  );
  for (const provider of providers)
    await query(
      `INSERT INTO mfa_registrations (app_id, username_key, provider, user_id, sealed_value, key_id, updated_at)
       VALUES ('demo', $1, $2, $3, $4, 'service', '2026-01-01T00:00:00Z')`,
      [username, provider, id, seal(`${provider}-of-${username}`, registrationOwner('demo', id, provider))],
    );
}

/** No round but those the spec asks for. */
const stopTimers = () => sso.service.messaging.timers.stop();

beforeAll(async () => {
  await sso.open();
  await stopTimers();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());

describe('values sealed with the service’s key, of the release before', () => {
  it('open, are moved to the user’s key, and stay what they are and as old as they are', async () => {
    await storedBefore('dana', ['acme', 'ä b/c']);
    const read = async () => [
      await get(identifier('dana')),
      await get(registration('dana')),
      await get('/v1/mfa-registrations/dana'),
      (
        await sso.request(
          'GET',
          '/internal/users/dana/mfa-context?appId=demo',
          `Bearer ${await sso.serviceToken('mfa-orchestrator')}`,
        )
      ).body,
    ];
    const before = await read();
    expect(before[0]).toEqual({ value: 'id-of-dana', updatedAt: '2026-01-01T00:00:00.000Z' });
    expect(before[3].registrations['ä b/c']).toBe('ä b/c-of-dana');
    expect(await keyIds('dana')).toEqual(['service', 'service', 'service']);
    expect(await adoptSome()).toBe(1);
    expect(await adoptSome()).toBe(0);
    expect(await keyIds('dana')).toEqual(['user', 'user', 'user']);
    expect(await read()).toEqual(before);
  });

  it('the timer moves them, after a start, in as many rounds as it takes', async () => {
    const users = Array.from({ length: 45 }, (_, n) => `many-${n}`);
    for (const user of users) await storedBefore(user);
    await sso.restart();
    const left = () => query(`SELECT 1 FROM sso_identifiers WHERE key_id = 'service'`);
    await waitFor(async () => (await left()).length === 0, { what: 'all to be moved' });
    await stopTimers();
    for (const user of users.slice(0, 5)) expect((await get(identifier(user))).value).toBe(`id-of-${user}`);
    for (const user of users) expect(await keyIds(user)).toEqual(['user', 'user']);
  });

  it('a user who has a key already keeps it', async () => {
    await put(registration('mixed', 'new'), 'sealed with the key');
    const keyOf = () => query('SELECT data_key FROM users WHERE user_id = $1', [userId('mixed')]);
    const before = await keyOf();
    await storedBefore('mixed');
    await adoptSome();
    expect(await keyOf()).toEqual(before);
    expect(await keyIds('mixed')).toEqual(['user', 'user', 'user']);
    expect((await get(registration('mixed', 'new'))).value).toBe('sealed with the key');
    expect((await get(identifier('mixed'))).value).toBe('id-of-mixed');
  });

  it('S3: one moved to another user opens before as little as after', async () => {
    for (const user of ['from', 'to']) await storedBefore(user);
    await query(
      `UPDATE sso_identifiers SET sealed_value = (SELECT sealed_value FROM sso_identifiers WHERE user_id = $1)
       WHERE user_id = $2`,
      [userId('from'), userId('to')],
    );
    expect((await sso.request('GET', identifier('to'), key)).status).toBe(500);
    // it is put aside, and the others' turn comes
    expect(await adoptSome()).toBe(2);
    expect(await adoptSome()).toBe(0);
    expect(await keyIds('from')).toEqual(['user', 'user']);
    expect((await keyIds('to')).toSorted()).toEqual(['service', 'user']);
    expect((await sso.request('GET', identifier('to'), key)).status).toBe(500);
    expect((await get(registration('to'))).value).toBe('acme-of-to');
    expect((await put(identifier('to'), 'new')).status).toBe(204);
    expect((await get(identifier('to'))).value).toBe('new');
  });
});

describe('moving beside others', () => {
  const rows = () => sso.service.app.get(ValueAdoptionRepository);
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

  it('EXT-10: a user who is being written is left out, and had in the next round', async () => {
    await storedBefore('writer');
    const { app, database } = sso.service;
    await database.transaction(async (tx) => {
      await app.get(UserRepository).hold(tx, owner('writer'));
      expect(await adoptSome()).toBe(0);
    });
    expect(await adoptSome()).toBe(1);
    expect((await get(identifier('writer'))).value).toBe('id-of-writer');
  });

  it('EXT-10: a value deleted meanwhile stays deleted, one written meanwhile stays written', async () => {
    await storedBefore('busy');
    const { database } = sso.service;
    let writing: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      const users = await rows().lockUsers(tx, [], 10);
      const values = await rows().values(tx, users);
      expect(values).toHaveLength(2);
      // deleting waits for nobody, writing does
      expect((await sso.request('DELETE', identifier('busy'), key)).status).toBe(204);
      writing = put(registration('busy'), 'written');
      await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'the write to wait' });
      await rows().set(
        tx,
        values.map((value) => ({ ...value, adopted: 'v1.never-seen' })),
      );
    });
    expect(await writing).toMatchObject({ status: 204 });
    expect((await sso.request('GET', identifier('busy'), key)).status).toBe(404);
    expect((await get(registration('busy'))).value).toBe('written');
  });

  it('EXT-10: an erasure that comes meanwhile waits, and leaves neither value nor key', async () => {
    await storedBefore('leaver');
    const { app, database } = sso.service;
    const id = userId('leaver');
    await database.transaction(async (tx) => {
      expect(await rows().lockUsers(tx, [], 10)).toMatchObject([{ userId: id }]);
      await sso.userDeleted('demo', id);
      await waitFor(async () => (await database.query(waiting)).length > 0, { what: 'the erasure to wait' });
      await app.get(UserRepository).hold(tx, owner('leaver'));
    });
    const tombstone = () =>
      query('SELECT data_key, data_key_kek FROM users WHERE user_id = $1 AND erased_at IS NOT NULL', [id]);
    await waitFor(async () => (await tombstone()).length > 0, { what: 'the erasure' });
    expect(await tombstone()).toEqual([{ data_key: null, data_key_kek: null }]);
    expect(await keyIds('leaver')).toEqual([]);
    expect(await adoptSome()).toBe(0);
  });

  it('two processes at once lose nothing', async () => {
    const users = Array.from({ length: 12 }, (_, n) => `crowd-${n}`);
    for (const user of users) await storedBefore(user);
    await Promise.all([
      adoptSome(),
      adoptSome(),
      adoptSome(),
      ...users.map((u) => put(identifier(u), `new-${u}`)),
    ]);
    while ((await adoptSome()) > 0);
    for (const user of users) {
      expect(await keyIds(user)).toEqual(['user', 'user']);
      expect([(await get(identifier(user))).value, (await get(registration(user))).value]).toEqual([
        `new-${user}`,
        `acme-of-${user}`,
      ]);
    }
  });
});
