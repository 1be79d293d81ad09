import { readFile, stat } from 'node:fs/promises';
import { SCOPES } from '@countersign/contracts';
import { InProcessTransport } from '@countersign/messaging';
import { sha256 } from '@countersign/security';
import { createLogger } from '@countersign/service-kit';
import { waitFor } from '@countersign/testing';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { createService } from '../create-service.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTokenService('api-keys');
  await bed.application('bank');
  await bed.application('shop');
});
afterAll(() => bed?.close());

const create = (key: string, body: object, headers = {}) =>
  bed.call('POST', '/v1/api-keys', { key, body, headers });
const verify = (key: string) => bed.as('mfa-orchestrator', 'POST', '/internal/api-keys/verify', { key });

describe('the first platform key', () => {
  it('has every scope and lies in a file of mode 600', async () => {
    expect((await stat(bed.platformKeyFile)).mode & 0o777).toBe(0o600);
    expect(bed.platformKey).toMatch(/^csk_[A-Za-z0-9_-]{43}$/);
    expect((await verify(bed.platformKey)).body).toMatchObject({ appId: 'platform', scopes: [...SCOPES] });
  });

  it('is not made again by a restart, nor by two starts at once', async () => {
    const before = await readFile(bed.platformKeyFile, 'utf8');
    await bed.restart();
    const second = await createService(bed.config, {
      transport: new InProcessTransport(),
      logger: createLogger('token-service', 'silent'),
    });
    await second.close();
    expect(await readFile(bed.platformKeyFile, 'utf8')).toBe(before);
    const keys = await bed.rows(`SELECT 1 FROM api_keys WHERE app_id = 'platform'`);
    expect(keys).toHaveLength(1);
  });

  it('works with no application named and under /apps/platform, nowhere else', async () => {
    const key = bed.platformKey;
    expect((await bed.call('GET', '/v1/applications', { key })).status).toBe(200);
    expect((await bed.call('GET', '/apps/platform/v1/applications', { key })).status).toBe(200);
    expect((await bed.call('GET', '/apps/bank/v1/applications', { key })).status).toBe(404);
  });
});

describe('API keys', () => {
  it('are shown once and kept as SHA-256 (API-08)', async () => {
    const made = await create(bed.platformKey, {
      appId: 'bank',
      name: 'back end',
      scopes: ['app:read', 'external-verify'],
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      appId: 'bank',
      name: 'back end',
      scopes: ['app:read', 'external:verify'],
    });
    const { key, keyId } = made.body as { key: string; keyId: string };
    expect(key).toMatch(/^csk_[A-Za-z0-9_-]{43}$/);
    const read = await bed.call('GET', `/v1/api-keys/${keyId}`, { key });
    const list = await bed.call('GET', '/v1/api-keys', { key });
    for (const { status, body } of [read, list]) {
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(key);
      expect(JSON.stringify(body)).not.toContain(sha256(key));
    }
    const [row] = await bed.rows('SELECT * FROM api_keys WHERE key_id = $1', [keyId]);
    expect(JSON.stringify(row)).not.toContain(key);
    expect(row).toMatchObject({ key_hash: sha256(key) });
    const [created] = (await bed.events('token.api-key.created.v1')).filter(
      (event) => event.subject === keyId,
    );
    expect(created).toMatchObject({
      appid: 'bank',
      data: { keyId, scopes: ['app:read', 'external:verify'] },
    });
    expect(JSON.stringify(created)).not.toContain(key);
  });

  it('create only keys with a subset of their own rights', async () => {
    const maker = await bed.apiKey('bank', ['app:read', 'app:write', 'external:verify'], {
      contexts: ['login'],
      amr: ['otp'],
    });
    const contexts = ['login'];
    const child = await create(maker.key, {
      scopes: ['external:verify'],
      constraints: { contexts, amr: ['otp'] },
    });
    expect(child.status).toBe(201);
    for (const [wanted, field] of [
      [{ scopes: ['ops:read'], constraints: { contexts } }, 'scopes'],
      [{ scopes: [] }, 'constraints.contexts'],
      [{ scopes: [], constraints: { contexts: ['login', 'event'] } }, 'constraints.contexts'],
      [{ scopes: [], constraints: { contexts, amr: ['hwk'] } }, 'constraints.amr'],
      [{ scopes: [], constraints: { contexts, acr: 'aal2' } }, 'constraints.acr'],
    ] as const) {
      const { status, body } = await create(maker.key, wanted);
      expect([status, body.code, body.field]).toEqual([403, 'token/key-exceeds', field]);
    }
    const other = await create(maker.key, { scopes: [], constraints: { contexts }, appId: 'shop' });
    const nowhere = await create(maker.key, { scopes: [], constraints: { contexts }, appId: 'nowhere' });
    expect([other.status, other.body]).toEqual([404, nowhere.body]);
    expect((await create(child.body.key, { scopes: [] })).status).toBe(403);
  });

  it('refuse what is no scope, no constraint, no field (ST-04)', async () => {
    for (const body of [
      { scopes: ['root'] },
      { scopes: ['app:read'], constraints: { acr: 'aal9' } },
      { scopes: ['app:read'], constraints: { contexts: [] } },
      { scopes: ['app:read'], verified: true },
      { scopes: ['app:read'], expiresInSeconds: 0 },
      {},
    ]) {
      expect((await create(bed.platformKey, body)).status).toBe(400);
    }
  });

  it('a repeat of an Idempotency-Key names the id and not the key', async () => {
    const headers = { 'idempotency-key': 'one-key' };
    const body = { appId: 'bank', scopes: ['app:read'] };
    const first = await create(bed.platformKey, body, headers);
    const second = await create(bed.platformKey, body, headers);
    expect([second.status, second.body.code, second.body.id]).toEqual([
      409,
      'idempotency/already-done',
      first.body.keyId,
    ]);
    expect(JSON.stringify(second.body)).not.toContain(first.body.key);
    expect((await create(bed.platformKey, { ...body, name: 'else' }, headers)).status).toBe(422);
  });

  it('API-01: another application’s keys are not there, for reading and revoking', async () => {
    const mine = await bed.apiKey('shop', ['app:read', 'app:write']);
    const theirs = await bed.apiKey('bank', ['app:read']);
    for (const method of ['GET', 'DELETE']) {
      const foreign = await bed.call(method, `/v1/api-keys/${theirs.keyId}`, { key: mine.key });
      const absent = await bed.call(method, '/v1/api-keys/nothing', { key: mine.key });
      expect([foreign.status, foreign.body]).toEqual([404, absent.body]);
    }
    expect((await verify(theirs.key)).status).toBe(200);
    const list = await bed.call('GET', '/v1/api-keys?limit=200', { key: mine.key });
    expect(new Set(list.body.items.map((item: { appId: string }) => item.appId))).toEqual(new Set(['shop']));
    expect((await bed.call('GET', '/v1/api-keys?appId=bank', { key: mine.key })).status).toBe(404);
    const ofPlatform = await bed.call('GET', '/v1/api-keys?appId=shop', { key: bed.platformKey });
    expect(ofPlatform.body.items.map((item: { keyId: string }) => item.keyId)).toContain(mine.keyId);
  });

  it('are listed newest first, page by page', async () => {
    await bed.application('paged');
    const made: { key: string; keyId: string }[] = [];
    for (let n = 0; n < 3; n++) made.push(await bed.apiKey('paged', ['app:read']));
    const page = (query: string) => bed.call('GET', `/v1/api-keys?limit=2${query}`, { key: made[0]!.key });
    const first = await page('');
    const second = await page(`&cursor=${first.body.next}`);
    const ids = [...first.body.items, ...second.body.items].map((item: { keyId: string }) => item.keyId);
    expect(ids).toEqual(made.map(({ keyId }) => keyId).reverse());
    expect(second.body.next).toBeUndefined();
  });

  it('are revoked at once, and once', async () => {
    const { key, keyId } = await bed.apiKey('bank', ['app:read', 'app:write']);
    const revoke = (by: string) => bed.call('DELETE', `/v1/api-keys/${keyId}`, { key: by });
    expect((await verify(key)).status).toBe(200);
    expect((await revoke(key)).status).toBe(204);
    expect((await bed.call('GET', '/v1/api-keys', { key })).status).toBe(401);
    const answer = await verify(key);
    expect([answer.status, answer.body.code]).toEqual([404, 'token/key-not-found']);
    expect((await revoke(bed.platformKey)).status).toBe(204);
    const said = (await bed.events('token.api-key.revoked.v1')).filter((event) => event.data.keyId === keyId);
    expect(said).toHaveLength(1);
    const read = await bed.call('GET', `/v1/api-keys/${keyId}`, { key: bed.platformKey });
    expect(read.body.revokedAt).toEqual(expect.any(String));
  });

  it('end by the database’s clock, and outlive nobody', async () => {
    const made = await create(bed.platformKey, {
      appId: 'bank',
      scopes: ['app:write'],
      expiresInSeconds: 60,
    });
    const { key, keyId } = made.body as { key: string; keyId: string };
    expect((await create(key, { scopes: [] })).body.field).toBe('expiresInSeconds');
    expect((await create(key, { scopes: [], expiresInSeconds: 61 })).status).toBe(403);
    expect((await create(key, { scopes: [], expiresInSeconds: 30 })).status).toBe(201);
    await bed.rows(`UPDATE api_keys SET expires_at = clock_timestamp() WHERE key_id = $1`, [keyId]);
    expect((await verify(key)).status).toBe(404);
    // this door believes a key for half a second
    const ended = async () => (await bed.call('GET', '/v1/api-keys', { key })).status === 401;
    await waitFor(ended, { timeoutMs: 1_000 });
  });

  it('are verified for services alone, by Basic and Bearer alike (contracts §1.2)', async () => {
    const { key } = await bed.apiKey('bank', ['app:read']);
    expect((await bed.call('POST', '/internal/api-keys/verify', { key, body: { key } })).status).toBe(401);
    for (const user of [`${key}:`, key]) {
      const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
      expect((await bed.call('GET', '/v1/api-keys', { headers: { authorization } })).status).toBe(200);
    }
    expect((await verify(key)).body).toMatchObject({
      appId: 'bank',
      scopes: ['app:read'],
      constraints: {},
      application: { appId: 'bank', settings: { externalTokenTtlSeconds: 60 } },
    });
  });
});
