import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTokenService('signing-keys');
  await bed.application('bank');
  await bed.application('shop');
});
afterAll(() => bed?.close());

const jwks = (app: string) => bed.call('GET', `/apps/${app}/fido2/v2/.well-known/jwks.json`);

describe('signing keys', () => {
  it('OP-20: the JWKS shows public members alone, for a minute', async () => {
    const { status, body, headers } = await jwks('bank');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=60');
    expect(body.keys).toHaveLength(1);
    expect(Object.keys(body.keys[0]).sort()).toEqual([
      'alg',
      'crv',
      'key_ops',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ]);
    expect(body.keys[0]).toMatchObject({
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      key_ops: ['verify'],
    });
  });

  it('OP-20: the private key lies sealed, for its application and kid alone', async () => {
    const [row] = await bed.rows<{ kid: string; sealed: string; public: object }>(
      `SELECT kid, sealed_private_jwk AS sealed, public_jwk AS public FROM signing_keys WHERE app_id = 'bank'`,
    );
    const { vault } = bed.service.platform;
    expect(row!.public).not.toHaveProperty('d');
    const opened = JSON.parse(vault.open(row!.sealed, `signing-key/bank/${row!.kid}`)) as { d: string };
    const everything = JSON.stringify(await bed.rows('SELECT * FROM signing_keys'));
    expect(everything).not.toContain(opened.d);
    expect(() => vault.open(row!.sealed, `signing-key/shop/${row!.kid}`)).toThrow();
  });

  it('each application has its own; the Host names it too; an unknown one has none', async () => {
    const byHost = await bed.call('GET', '/fido2/v2/.well-known/jwks.json', {
      headers: { host: 'SHOP.localhost:4000' },
    });
    expect(byHost.body).toEqual((await jwks('shop')).body);
    expect(byHost.body.keys[0].kid).not.toBe((await jwks('bank')).body.keys[0].kid);
    expect((await jwks('nowhere')).status).toBe(404);
    expect((await bed.call('GET', '/fido2/v2/.well-known/jwks.json')).status).toBe(404);
    const both = await bed.call('GET', '/apps/bank/fido2/v2/.well-known/jwks.json', {
      headers: { host: 'shop.localhost' },
    });
    expect(both.status).toBe(400);
  });

  it('many who need the first key at once get one', async () => {
    await bed.rows(`DELETE FROM signing_keys WHERE app_id = 'shop'`);
    const answers = await Promise.all(Array.from({ length: 12 }, () => jwks('shop')));
    expect(
      new Set(answers.map(({ body }) => body.keys.map((key: { kid: string }) => key.kid).join())).size,
    ).toBe(1);
    expect(await bed.rows(`SELECT 1 FROM signing_keys WHERE app_id = 'shop'`)).toHaveLength(1);
  });

  it('a retiring key is still published beside the active one', async () => {
    await bed.rows(`UPDATE signing_keys SET status = 'retiring' WHERE app_id = 'shop'`);
    const { body } = await jwks('shop');
    expect(body.keys).toHaveLength(2);
  });
});
