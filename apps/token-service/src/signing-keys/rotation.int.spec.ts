import { decodeUnverified } from '@countersign/security';
import { asked, holds, logIn, refresh } from '../../test/tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { SigningKeyRepository } from './signing-key.repository.ts';

let bed: TestBed;
let key: string;
let shopKey: string;
beforeAll(async () => {
  bed = await startTokenService('rotation');
  await bed.application('bank');
  await bed.application('shop');
  ({ key } = await bed.apiKey('bank', ['app:read', 'app:write']));
  ({ key: shopKey } = await bed.apiKey('shop', ['app:read', 'app:write']));
});
afterAll(() => bed?.close());

const rotate = (by: string | undefined, body?: object, headers = {}) =>
  bed.call('POST', '/v1/signing-keys/rotate', { key: by, body, headers });
const list = async (by: string) => (await bed.call('GET', '/v1/signing-keys', { key: by })).body.items;
const published = async (app = 'bank'): Promise<string[]> =>
  (await bed.call('GET', `/apps/${app}/fido2/v2/.well-known/jwks.json`)).body.keys.map(
    (one: { kid: string }) => one.kid,
  );
const kidOf = (token: string) => decodeUnverified(token).header.kid as string;
const retireAll = () =>
  bed.rows(`UPDATE signing_keys SET retires_at = clock_timestamp() WHERE status = 'retiring'`);

describe('rotating the signing key', () => {
  it('a new key signs at once; both are published, and what the old one signed still verifies', async () => {
    const before = await logIn(bed, 'dana');
    const { status, body } = await rotate(key);
    expect([status, body]).toEqual([
      201,
      { kid: expect.any(String), alg: 'ES256', status: 'active', createdAt: expect.any(String) },
    ]);
    const after = await logIn(bed, 'dana');
    expect(kidOf(after.accessToken)).toBe(body.kid);
    expect(kidOf(before.accessToken)).not.toBe(body.kid);
    expect(await published()).toEqual([body.kid, kidOf(before.accessToken)]);
    for (const { accessToken } of [before, after]) expect(await holds(bed, key, accessToken)).toBe(true);
    expect(await list(key)).toMatchObject([
      { kid: body.kid, status: 'active' },
      { kid: kidOf(before.accessToken), status: 'retiring', retiresAt: expect.any(String) },
    ]);
    // longer than the longest token can live
    const [old] = (await list(key)).slice(1);
    expect(Date.parse(old.retiresAt) - Date.now()).toBeGreaterThan(3_600_000);
    expect(JSON.stringify(await list(key))).not.toMatch(/"(d|x|y)"/);
  });

  it('at its end a retired key’s tokens verify no more, its login refreshes by the new one, and it is gone', async () => {
    const login = await logIn(bed, 'dana');
    await rotate(key);
    await retireAll();
    expect(await holds(bed, key, login.accessToken)).toBe(false);
    expect((await asked(bed, login.accessToken)).status).toBe(404);
    expect(await published()).not.toContain(kidOf(login.accessToken));
    const next = await refresh(bed, login.refreshToken);
    expect(await holds(bed, key, next.body.accessToken)).toBe(true);
    const repository = bed.service.app.get(SigningKeyRepository, { strict: false });
    expect(await repository.deleteRetired()).toBeGreaterThan(0);
    expect(await bed.rows(`SELECT 1 FROM signing_keys WHERE status = 'retiring'`)).toEqual([]);
  });

  it('a key that others may have can be ended at once', async () => {
    const login = await logIn(bed, 'dana');
    expect((await rotate(key, { overlapSeconds: 0 })).status).toBe(201);
    expect(await holds(bed, key, login.accessToken)).toBe(false);
    expect(await published()).not.toContain(kidOf(login.accessToken));
  });

  it('that ends a key which an earlier rotation replaced, too', async () => {
    const login = await logIn(bed, 'dana');
    await rotate(key);
    expect(await holds(bed, key, login.accessToken)).toBe(true);
    const { body } = await rotate(key, { overlapSeconds: 0 });
    expect(await holds(bed, key, login.accessToken)).toBe(false);
    expect(await published()).toEqual([body.kid]);
  });

  it('many rotations at once leave one active key; their number has a limit', async () => {
    await retireAll();
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => rotate(key)))).map(
      ({ status }) => status,
    );
    expect(statuses).toEqual(Array(6).fill(201));
    expect((await list(key)).filter((one: { status: string }) => one.status === 'active')).toHaveLength(1);
    expect(await published()).toHaveLength(7);
    for (let n = 0; n < 3; n++) await rotate(key);
    const refused = await rotate(key);
    expect([refused.status, refused.body.code]).toEqual([409, 'token/signing-key-limit']);
    expect((await rotate(key, { overlapSeconds: 0 })).status).toBe(201);
    await retireAll();
  });

  it('is the caller’s application’s own; it needs app:write (API-01)', async () => {
    const before = await published('shop');
    const weak = await bed.apiKey('bank', ['app:read']);
    expect((await rotate(weak.key)).status).toBe(403);
    expect((await rotate(undefined)).status).toBe(401);
    const path = '/apps/shop/v1/signing-keys/rotate';
    expect((await bed.call('POST', path, { key })).status).toBe(404);
    expect((await rotate(key, { overlapSeconds: -1 })).status).toBe(400);
    expect((await rotate(key, { kid: 'mine' })).status).toBe(400);
    await rotate(key);
    expect(await published('shop')).toEqual(before);
    expect(await list(shopKey)).toMatchObject([{ kid: before[0], status: 'active' }]);
  });

  it('a repeat of an Idempotency-Key rotates once', async () => {
    const headers = { 'idempotency-key': 'rotate-once' };
    const first = await rotate(key, {}, headers);
    expect((await rotate(key, {}, headers)).body).toEqual(first.body);
  });
});
