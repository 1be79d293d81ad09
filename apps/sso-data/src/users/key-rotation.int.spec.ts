import { waitFor } from '@countersign/testing';
import type { KeyEncryptionKey } from '../config.ts';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { identifierOwner } from '../sso-identifiers/sso-identifier.service.ts';
import { SsoIdentifierRepository } from '../sso-identifiers/sso-identifier.repository.ts';
import { SsoData } from '../../test/sso-data.ts';
import { saveThirdParty } from '../../test/third-party-values.ts';
import { KeyRotationRepository } from './key-rotation.repository.ts';
import { KeyRotation } from './key-rotation.service.ts';
import { type KeyColumns, UserKeys, wrappedKeyOf } from './user-keys.ts';
import { UserRepository } from './user.repository.ts';

const kek = (id: string, fill: number): KeyEncryptionKey => ({ id, key: new Uint8Array(32).fill(fill) });
const [a, b] = [kek('a', 2), kek('b', 3)];
const sso = new SsoData();
let key: string;
const identifier = (username: string) => `/v1/sso-identifiers/${username}`;
const registration = (username: string) => `/v1/mfa-registrations/${username}/acme`;
const put = (path: string, value: string) => sso.request('PUT', path, key, { value });
const value = async (path: string) => (await sso.request('GET', path, key)).body?.value as string | undefined;
const userId = (username: string) => sso.neighbours.userId('demo', username);
const query = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);
const keks = async () =>
  (await query<{ kek: string }>('SELECT DISTINCT data_key_kek AS kek FROM users WHERE data_key IS NOT NULL'))
    .map((row) => row.kek)
    .toSorted();
const kekOf = async (username: string) =>
  (
    await query<{ kek: string }>('SELECT data_key_kek AS kek FROM users WHERE user_id = $1', [
      userId(username),
    ])
  )[0]?.kek;
const levels = async () => {
  const text = await (await fetch(`${sso.service.url}/metrics`)).text();
  return Object.fromEntries(
    [...text.matchAll(/^sso_data_user_keys\{kek="(\w+)"\} (\d+)$/gm)].map(([, name, n]) => [name, Number(n)]),
  );
};
/** As if this user's key had been made under `a`, in a service that has `b` and `a`. */
const backToA = async (username: string) => {
  const { app } = sso.service;
  const id = userId(username);
  const byA = new UserKeys(sso.service.platform.vault, { keyEncryptionKeys: [a, b] });
  const [row] = await query<{ dataKey: string; dataKeyKek: string }>(
    'SELECT data_key AS "dataKey", data_key_kek AS "dataKeyKek" FROM users WHERE user_id = $1',
    [id],
  );
  const wrapped = { appId: 'demo', userId: id, ...byA.rewrap(row!, 'demo', id) };
  await sso.service.database.transaction((tx) => app.get(KeyRotationRepository).set(tx, [wrapped]));
};
const waiting = () =>
  waitFor(
    async () =>
      (
        await query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
      ).length > 0,
    { what: 'somebody to wait for the row' },
  );

beforeAll(async () => {
  await sso.open();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());

describe('key-encryption keys, from one to the next', () => {
  const stored = async () => [
    await value(identifier('dana')),
    await value(registration('dana')),
    await thirdParty('dana'),
  ];
  const thirdParty = async (username: string) => {
    const id = userId(username);
    const [row] = await query<KeyColumns & { sealedValue: string }>(
      `SELECT d.sealed_value AS "sealedValue", u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek"
       FROM third_party_data d JOIN users u USING (app_id, user_id) WHERE user_id = $1`,
      [id],
    );
    const owner = { appId: 'demo', userId: id, kind: 'third-party-data:acme:Session.Id' };
    const value = { sealedValue: row!.sealedValue, keyId: 'user' };
    return sso.service.app.get(SealedValues).open(value, owner, wrappedKeyOf(row!));
  };
  const values = ['crm-1', 'device-1', 'partner-1'];

  it('where none is named, the one derived from the master key encrypts', async () => {
    await put(identifier('dana'), values[0]!);
    await put(registration('dana'), values[1]!);
    const where = { appId: 'demo', username: 'dana', vendor: 'acme', element: 'Session.Id' };
    await saveThirdParty(sso, where, values[2]!);
    expect(await keks()).toEqual(['master']);
    expect(await levels()).toEqual({ current: 1, former: 0, unknown: 0 });
  });

  it('issue 5: the first of the new keys takes over, values stay, and the former one may go', async () => {
    await sso.restart({ keyEncryptionKeys: [a] });
    await waitFor(async () => (await keks()).join() === 'a', { what: 'the timer to move the keys' });
    expect(await stored()).toEqual(values);
    await sso.restart({ keyEncryptionKeys: [b, a] });
    await waitFor(async () => (await keks()).join() === 'b', { what: 'the timer to move the keys' });
    expect(await levels()).toEqual({ current: 1, former: 0, unknown: 0 });
    expect(await stored()).toEqual(values);
    await sso.restart({ keyEncryptionKeys: [b] });
    expect(await stored()).toEqual(values);
    await put(identifier('dana'), values[0]!);
    expect(await stored()).toEqual(values);
  });

  it('issue 5: without a key that is still needed it does not start, and names it', async () => {
    const shown = Buffer.from(b.key).toString('base64url');
    for (const changed of [{ keyEncryptionKeys: [a] }, {}]) {
      const refused = await sso.restart(changed).catch((error: Error) => error);
      expect(refused).toMatchObject({ name: 'KeyEncryptionKeyMissing' });
      expect(String(refused)).toContain('lacks the key b,');
      expect(String(refused)).not.toContain(shown);
    }
    await sso.restart({ keyEncryptionKeys: [a, b] });
    expect(await stored()).toEqual(values);
    await waitFor(async () => (await keks()).join() === 'a', { what: 'the timer to move the keys' });
  });

  it('the same id with another key, and another master key, are not the key either', async () => {
    const wrong = await sso.restart({ keyEncryptionKeys: [kek('a', 9)] }).catch((error: Error) => error);
    expect(String(wrong)).toContain('has another key a than the one');
    await sso.restart({ keyEncryptionKeys: [a] });
    expect(await stored()).toEqual(values);
  });
});

describe('re-encrypting beside others', () => {
  beforeAll(async () => {
    await sso.restart({ keyEncryptionKeys: [b, a] });
    await waitFor(async () => (await keks()).join() === 'b', { what: 'the timer to move the keys' });
    // no round but those the specs ask for
    await sso.service.messaging.timers.stop();
  });
  const moveSome = () => sso.service.app.get(KeyRotation).moveSome();
  const hold = (username: string, resolvedAt = '2026-03-01T12:00:00Z') => ({
    appId: 'demo',
    userId: userId(username),
    usernameKey: username,
    resolvedAt,
  });

  it('the gauge says how many keys are encrypted by what, by three labels only', async () => {
    for (const user of ['g1', 'g2', 'g3']) await put(identifier(user), 'x');
    await backToA('g1');
    await query(`UPDATE users SET data_key_kek = 'of-another' WHERE user_id = $1`, [userId('g2')]);
    expect(await levels()).toEqual({ current: 2, former: 1, unknown: 1 });
    expect(await moveSome()).toBe(1);
    expect(await moveSome()).toBe(0);
    expect(await levels()).toEqual({ current: 3, former: 0, unknown: 1 });
    expect((await sso.request('GET', identifier('g2'), key)).status).toBe(500);
    await query('DELETE FROM sso_identifiers WHERE user_id = $1', [userId('g2')]);
    await query('DELETE FROM users WHERE user_id = $1', [userId('g2')]);
  });

  it('a reader who had read the old wrapping opens the value all the same', async () => {
    await put(identifier('reader'), 'read');
    await backToA('reader');
    const { app } = sso.service;
    const row = (await app.get(SsoIdentifierRepository).find('demo', 'reader'))!;
    await moveSome();
    const owner = identifierOwner('demo', userId('reader'));
    expect(row.dataKeyKek).toBe('a');
    expect(app.get(SealedValues).open(row, owner, wrappedKeyOf(row))).toBe('read');
  });

  it('EXT-10: a user who is being written is left out, and had in the next round', async () => {
    await put(identifier('writer'), 'before');
    await backToA('writer');
    const { app, database } = sso.service;
    await database.transaction(async (tx) => {
      expect((await app.get(UserRepository).hold(tx, hold('writer')))?.dataKeyKek).toBe('a');
      expect(await moveSome()).toBe(0);
    });
    expect(await moveSome()).toBe(1);
    expect(await value(identifier('writer'))).toBe('before');
  });

  it('EXT-10: a write that comes meanwhile waits, and seals with the key that stays', async () => {
    await put(identifier('late'), 'before');
    await backToA('late');
    const { app, database } = sso.service;
    const rows = app.get(KeyRotationRepository);
    let writing: Promise<unknown> = Promise.resolve();
    await database.transaction(async (tx) => {
      const [held] = await rows.lockByKek(tx, ['a'], [], 1);
      writing = put(registration('late'), 'written');
      await waiting();
      const { appId, userId: id } = held!;
      await rows.set(tx, [{ appId, userId: id, ...app.get(UserKeys).rewrap(held!, appId, id) }]);
    });
    expect(await writing).toMatchObject({ status: 204 });
    expect(await kekOf('late')).toBe('b');
    expect([await value(identifier('late')), await value(registration('late'))]).toEqual([
      'before',
      'written',
    ]);
  });

  it('EXT-10: an erasure that comes meanwhile waits, and no key comes back', async () => {
    await put(identifier('leaver'), 'before');
    await backToA('leaver');
    const { app, database } = sso.service;
    const rows = app.get(KeyRotationRepository);
    const tombstone = () =>
      query('SELECT data_key FROM users WHERE user_id = $1 AND erased_at IS NOT NULL', [userId('leaver')]);
    const held = await database.transaction(async (tx) => {
      const [first] = await rows.lockByKek(tx, ['a'], [], 1);
      await sso.userDeleted('demo', userId('leaver'));
      await waiting();
      return first!;
    });
    await waitFor(async () => (await tombstone()).length > 0, { what: 'the erasure' });
    // even a batch that would still have the row from before
    await database.transaction((tx) => rows.set(tx, [held]));
    expect(await tombstone()).toEqual([{ data_key: null }]);
  });

  it('two processes at once share the work and lose nothing', async () => {
    const users = Array.from({ length: 12 }, (_, n) => `crowd-${n}`);
    for (const user of users) await put(identifier(user), `of-${user}`);
    for (const user of users) await backToA(user);
    const moved = await Promise.all([moveSome(), moveSome(), moveSome()]);
    expect(moved.reduce((sum, n) => sum + n, 0)).toBe(12);
    for (const user of users) expect(await value(identifier(user))).toBe(`of-${user}`);
  });

  it('a key that was tampered with is put aside; the others’ are moved, and the service starts', async () => {
    for (const user of ['broken', 'whole']) await put(identifier(user), user);
    for (const user of ['broken', 'whole']) await backToA(user);
    await query('UPDATE users SET data_key = $2 WHERE user_id = $1', [userId('broken'), 'v1.AAAA']);
    expect(await moveSome()).toBe(2);
    expect(await moveSome()).toBe(0);
    expect([await kekOf('broken'), await kekOf('whole')]).toEqual(['a', 'b']);
    await backToA('whole');
    await sso.restart({ keyEncryptionKeys: [b, a] });
    expect(await value(identifier('whole'))).toBe('whole');
  });
});
