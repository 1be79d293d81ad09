import { Vault } from '@countersign/security';
import { waitFor } from '@countersign/testing';
import { SealedValues } from '../sealed-values/sealed-values.ts';
import { SsoData } from '../../test/sso-data.ts';
import { saveThirdParty } from '../../test/third-party-values.ts';
import { UserKeys, type WrappedKey } from './user-keys.ts';

const sso = new SsoData();
let key: string;
const kek = new Uint8Array(32).fill(7);
const identifier = (username: string) => `/v1/sso-identifiers/${username}`;
const registration = (username: string) => `/v1/mfa-registrations/${username}/acme`;
const put = (path: string, value: string) => sso.request('PUT', path, key, { value });
const get = (path: string) => sso.request('GET', path, key);
const userId = (username: string) => sso.neighbours.userId('demo', username);
const query = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);
const wrappedOf = async (username: string): Promise<WrappedKey> => {
  const sql = `SELECT data_key AS "dataKey", data_key_kek AS "dataKeyKek" FROM users WHERE user_id = $1`;
  return (await query<WrappedKey>(sql, [userId(username)]))[0]!;
};

/** Every row of every table, as text; bytea as hex. */
async function everyRow(): Promise<string> {
  const tables = await query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

const spellings = (bytes: Buffer): string[] => [
  ...(['hex', 'base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding).replace(/=+$/, '')),
];

beforeAll(async () => {
  await sso.open({ keyEncryptionKeys: [{ id: 'k1', key: kek }] });
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());

describe('values at rest', () => {
  const canaries = ['canary-identifier-1', 'canary-registration-2', 'canary-third-party-3'];
  const store = async (username: string) => {
    await put(identifier(username), canaries[0]!);
    await put(registration(username), canaries[1]!);
    const where = { appId: 'demo', username, vendor: 'acme', element: 'Session.Id' };
    await saveThirdParty(sso, where, canaries[2]!);
  };

  it('issue 5: no value and no key in the clear is in any column of any table', async () => {
    await store('canary');
    const wrapped = await wrappedOf('canary');
    const id = userId('canary');
    const dataKey = new Vault(kek).open(wrapped.dataKey, `data-key:demo:${id}`);
    expect(Buffer.from(dataKey, 'base64url')).toHaveLength(32);
    const scan = async () => {
      const rows = await everyRow();
      for (const value of canaries) {
        expect(rows).not.toContain(value);
        for (const spelled of spellings(Buffer.from(value))) expect(rows).not.toContain(spelled);
      }
      for (const secret of [Buffer.from(dataKey, 'base64url'), Buffer.from(kek)])
        for (const spelled of spellings(secret)) expect(rows).not.toContain(spelled);
      return rows;
    };
    // it finds what is there, also in the bytes of the outbox
    expect(await scan()).toContain(wrapped.dataKey);
    await sso.userDeleted('demo', id);
    await waitFor(async () => (await everyRow()).includes(Buffer.from('user-data.erased').toString('hex')), {
      what: 'the erasure',
    });
    expect(await scan()).not.toContain(wrapped.dataKey);
  });

  it('issue 5: a copy of the values and every other key open nothing once the user’s key is erased', async () => {
    await store('dumped');
    const id = userId('dumped');
    const wrapped = await wrappedOf('dumped');
    const dump = await query<{ kind: string; keyId: string; sealedValue: string }>(
      `SELECT 'sso-identifier' AS kind, key_id AS "keyId", sealed_value AS "sealedValue" FROM sso_identifiers
         WHERE user_id = $1
       UNION ALL SELECT 'mfa-registration:' || provider, key_id, sealed_value FROM mfa_registrations WHERE user_id = $1
       UNION ALL SELECT 'third-party-data:' || vendor || ':' || element, 'user', sealed_value FROM third_party_data
         WHERE user_id = $1`,
      [id],
    );
    expect(dump.map(({ keyId }) => keyId)).toEqual(['user', 'user', 'user']);
    const sealed = sso.service.app.get(SealedValues);
    const opened = (with_: WrappedKey | undefined) =>
      dump.map((row) => sealed.open(row, { appId: 'demo', userId: id, kind: row.kind }, with_));
    expect(opened(wrapped).toSorted()).toEqual(canaries.toSorted());

    await sso.userDeleted('demo', id);
    await waitFor(async () => (await wrappedOf('dumped')).dataKey === null, { what: 'the erasure' });
    expect(await wrappedOf('dumped')).toEqual({ dataKey: null, dataKeyKek: null });
    expect(await everyRow()).not.toContain(wrapped.dataKey);
    const another = sso.service.app.get(UserKeys).make('demo', id);
    const vaults = [sso.service.platform.vault, new Vault(kek), new Vault(sso.keys.masterKeys['sso-data'])];
    for (const row of dump) {
      const owner = { appId: 'demo', userId: id, kind: row.kind };
      for (const wrong of [undefined, another]) expect(() => sealed.open(row, owner, wrong)).toThrow();
      expect(() => sealed.open({ ...row, keyId: 'service' }, owner, another)).toThrow();
      for (const vault of vaults)
        expect(() => vault.open(row.sealedValue, `demo:${id}:${row.kind}`)).toThrow();
    }
  });

  it('S3: a value moved to another user, vendor, element or kind does not open, with or without its key', async () => {
    for (const user of ['from', 'to']) await store(user);
    const sealed = sso.service.app.get(SealedValues);
    const [row] = await query<{ sealedValue: string }>(
      `SELECT sealed_value AS "sealedValue" FROM third_party_data WHERE user_id = $1`,
      [userId('from')],
    );
    const value = { sealedValue: row!.sealedValue, keyId: 'user' };
    const own = { appId: 'demo', userId: userId('from'), kind: 'third-party-data:acme:Session.Id' };
    const [from, to] = [await wrappedOf('from'), await wrappedOf('to')];
    expect(sealed.open(value, own, from)).toBe(canaries[2]);
    for (const moved of [
      { ...own, kind: 'third-party-data:other:Session.Id' },
      { ...own, kind: 'third-party-data:acme:Session.Other' },
      { ...own, kind: 'sso-identifier' },
      { ...own, kind: 'mfa-registration:acme' },
      { ...own, userId: userId('to') },
      { ...own, appId: 'other' },
    ])
      for (const with_ of [from, to, undefined]) expect(() => sealed.open(value, moved, with_)).toThrow();
    expect(() => sealed.open(value, own, to)).toThrow();
  });

  it('S3: rows moved to another user are a fault by every route, also together with the key', async () => {
    for (const user of ['thief', 'victim']) await store(user);
    const of = (table: string) => `UPDATE ${table} SET sealed_value =
      (SELECT sealed_value FROM ${table} WHERE user_id = $1) WHERE user_id = $2`;
    for (const table of ['sso_identifiers', 'mfa_registrations'])
      await query(of(table), [userId('victim'), userId('thief')]);
    const refused = async () => {
      for (const path of [identifier('thief'), registration('thief'), '/v1/mfa-registrations/thief']) {
        const answer = await get(path);
        expect([answer.status, answer.body.code]).toEqual([500, 'fault/internal']);
        expect(JSON.stringify(answer.body)).not.toContain('canary');
      }
    };
    await refused();
    const key = await wrappedOf('victim');
    await query('UPDATE users SET data_key = $2 WHERE user_id = $1', [userId('thief'), key.dataKey]);
    await refused();
    expect((await get(identifier('victim'))).body.value).toBe(canaries[0]);
  });

  it('one key per user, kept from write to write, and made for users of before who had none', async () => {
    await store('keeper');
    const first = await wrappedOf('keeper');
    await put(identifier('keeper'), 'again');
    expect(await wrappedOf('keeper')).toEqual(first);
    expect((await wrappedOf('victim')).dataKey).not.toBe(first.dataKey);
    await query(
      `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ('demo', $1, 'keyless', now())`,
      [userId('keyless')],
    );
    expect((await Promise.all(['1', '2', '3'].map((v) => put(registration('keyless'), v)))).length).toBe(3);
    await put(identifier('keyless'), 'value');
    expect(await wrappedOf('keyless')).toMatchObject({ dataKeyKek: 'k1' });
    expect((await get(registration('keyless'))).status).toBe(200);
    expect((await get(identifier('keyless'))).body.value).toBe('value');
  });
});
