import { OidcBroker } from '../../test/oidc-broker.ts';
import { partsOf, send } from '../../test/relying-party.ts';
import { ProviderApplication } from '../../test/provider-application.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
});
afterAll(() => broker.close());

const credentials = { grant_type: 'client_credentials' };
const own = { grantTypes: ['client_credentials'], redirectUris: [] };
const published = async (): Promise<string[]> =>
  (await send(broker, '/oidc/demo/.well-known/jwks')).json.keys.map(({ kid }: { kid: string }) => kid);

describe('/v1/oidc-keys', () => {
  it('rotates with overlap: a new key signs at once, the old one verifies until it retires', async () => {
    const party = demo.relyingParty(await demo.client(own));
    const before = (await party.post('token', credentials)).json.access_token;
    const { status, body } = await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'EdDSA' });
    expect([status, body]).toEqual([201, expect.objectContaining({ alg: 'EdDSA', status: 'active' })]);
    const after = (await party.post('token', credentials)).json.access_token;
    const [old, next] = [partsOf(before).header.kid, partsOf(after).header.kid];
    expect([next, next === old]).toEqual([body.kid, false]);
    expect(await published()).toEqual(expect.arrayContaining([old, next]));
    for (const token of [before, after])
      expect((await party.post('introspect', { token })).json.active).toBe(true);
  });

  it('with overlapSeconds 0 what the old key signed verifies nowhere any more', async () => {
    const party = demo.relyingParty(await demo.client(own));
    const before = (await party.post('token', credentials)).json.access_token;
    await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'EdDSA', overlapSeconds: 0 });
    expect(await published()).not.toContain(partsOf(before).header.kid);
    expect((await party.post('introspect', { token: before })).json).toEqual({ active: false });
  });

  it('with overlapSeconds 0 a key that an earlier rotation replaced verifies nowhere any more either; of another algorithm it does', async () => {
    const party = demo.relyingParty(await demo.client(own));
    const first = (await party.post('token', credentials)).json.access_token;
    const other = (await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'ES256' })).body.kid;
    await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'ES256' });
    await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'EdDSA' });
    expect((await party.post('introspect', { token: first })).json.active).toBe(true);
    const { body } = await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'EdDSA', overlapSeconds: 0 });
    expect((await party.post('introspect', { token: first })).json).toEqual({ active: false });
    const kids = await published();
    expect(kids).toEqual(expect.arrayContaining([body.kid, other]));
    expect(kids).not.toContain(partsOf(first).header.kid);
  });

  it('is repeated by its Idempotency-Key', async () => {
    const once = () =>
      demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'ES256' }, { 'idempotency-key': 'rotate-once-1' });
    const [first, second] = [await once(), await once()];
    expect([first.status, second.body]).toEqual([201, first.body]);
  });

  it('publishes at most ten of each algorithm', async () => {
    for (let made = 0; made < 12; made++) {
      const { status, body } = await demo.manage('POST', '/v1/oidc-keys/rotate', { alg: 'ES256' });
      if (status === 201) continue;
      expect([status, body.code]).toEqual([409, 'oidc/key-limit']);
      return;
    }
    throw new Error('there was no limit');
  });

  it('OP-20: lists names and times, no key', async () => {
    const { body } = await demo.manage('GET', '/v1/oidc-keys');
    expect(new Set(body.items.flatMap((item: object) => Object.keys(item)))).toEqual(
      new Set(['kid', 'alg', 'status', 'createdAt', 'retiresAt']),
    );
    const rows = await broker.service.database.query<{ row: Record<string, unknown> }>(
      'SELECT to_jsonb(k) AS row FROM oidc_signing_keys k',
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const { row } of rows) {
      expect(
        Object.keys(row.public_jwk as object)
          .sort()
          .join(' '),
      ).toMatch(/^(crv kty x( y)?|e kty n)$/);
      expect(JSON.stringify(row)).not.toMatch(/"(d|p|q)":/);
    }
  });

  it.each([
    ['GET', '/v1/oidc-keys'],
    ['POST', '/v1/oidc-keys/rotate'],
  ])('%s %s needs a key with its scope', async (method, path) => {
    const body = method === 'POST' ? { alg: 'EdDSA' } : undefined;
    expect((await broker.request(method, path, undefined, body)).status).toBe(401);
    const other = broker.neighbours.key('demo', 'app:read');
    expect((await broker.request(method, path, `Bearer ${other}`, body)).status).toBe(403);
  });

  it('an application’s keys are its own', async () => {
    const acme = new ProviderApplication(broker, 'acme');
    const ofAcme = (await acme.manage('GET', '/v1/oidc-keys')).body.items.map(
      ({ kid }: { kid: string }) => kid,
    );
    const ofDemo = (await demo.manage('GET', '/v1/oidc-keys')).body.items.map(
      ({ kid }: { kid: string }) => kid,
    );
    expect(ofAcme).toHaveLength(3);
    expect(ofAcme.filter((kid: string) => ofDemo.includes(kid))).toEqual([]);
  });
});
