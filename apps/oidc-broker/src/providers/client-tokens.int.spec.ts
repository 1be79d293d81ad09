import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { partsOf, type Registered } from '../../test/relying-party.ts';
import { ProviderApplication } from '../../test/provider-application.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
let worker: Registered;
const own = { grantTypes: ['client_credentials'], redirectUris: [], scopes: ['accounts'] };
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
  for (const name of ['accounts', 'payments'])
    await demo.manage('PUT', `/v1/scopes/${name}`, { description: `Your ${name}` });
  worker = await demo.client(own);
});
afterAll(() => broker.close());

const credentials = { grant_type: 'client_credentials' };
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

/** A JWT as anybody could make one. */
function jwt(header: object, claims: object, key?: KeyObject, digest: string | null = null): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${key ? sign(digest, Buffer.from(text), key).toString('base64url') : ''}`;
}

describe('client_credentials', () => {
  it.each(['EdDSA', 'ES256', 'RS256'])(
    'RFC 9068: gives an at+jwt by the client’s algorithm: %s',
    async (signingAlg) => {
      const party = demo.relyingParty(await demo.client({ ...own, signingAlg }));
      const { status, json, headers } = await party.post('token', { ...credentials, scope: 'accounts' });
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
      expect(json).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 600,
        scope: 'accounts',
      });
      const { header, claims } = partsOf(json.access_token);
      expect(header).toEqual({ alg: signingAlg, typ: 'at+jwt', kid: expect.any(String) });
      const { iat } = claims as { iat: number };
      expect(claims).toEqual({
        ...{
          iss: party.issuer,
          aud: `${party.issuer}/api`,
          sub: party.client.clientId,
          client_id: party.client.clientId,
        },
        ...{ scope: 'accounts', jti: expect.any(String), iat, exp: iat + 600 },
      });
      expect((await party.post('introspect', { token: json.access_token })).json).toMatchObject({
        ...{ active: true, client_id: party.client.clientId, scope: 'accounts', exp: iat + 600 },
      });
    },
  );

  it('asks the database nothing once the client is known', async () => {
    const party = demo.relyingParty(worker);
    await party.post('token', credentials);
    const before = await broker.service.database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM oidc_records',
    );
    const { query } = broker.service.database;
    const asked: string[] = [];
    broker.service.database.query = ((sql: string, ...more: []) => {
      if (!/outbox|inbox|timers|attempts/.test(sql)) asked.push(sql);
      return query.call(broker.service.database, sql, ...more);
    }) as typeof query;
    try {
      expect((await party.post('token', credentials)).status).toBe(200);
    } finally {
      broker.service.database.query = query;
    }
    expect(asked).toEqual([]);
    expect(await broker.service.database.query('SELECT count(*)::int AS n FROM oidc_records')).toEqual(
      before,
    );
  });

  it.each([
    ['a scope the client may not ask for', { scope: 'payments' }, 'invalid_scope'],
    ['another resource (RFC 8707)', { resource: 'https://api.example/' }, 'invalid_target'],
  ])('refuses %s', async (_case, changed, error) => {
    expect((await demo.relyingParty(worker).post('token', { ...credentials, ...changed })).json.error).toBe(
      error,
    );
  });

  it('ST-08: a scope that asks a user for MFA is none a client has by itself', async () => {
    await demo.manage('PUT', '/v1/scopes/transfers', { description: 'Move money', mfa: { policy: 'mfa' } });
    const party = demo.relyingParty(await demo.client({ ...own, scopes: ['accounts', 'transfers'] }));
    expect((await party.post('token', { ...credentials, scope: 'accounts transfers' })).json.scope).toBe(
      'accounts',
    );
  });

  it('security 25: there is no password grant, and no implicit one', async () => {
    const party = demo.relyingParty(worker);
    for (const grant_type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code'])
      expect((await party.post('token', { grant_type, username: 'dana', password: 'x' })).json.error).toBe(
        'unsupported_grant_type',
      );
  });
});

describe('how clients prove themselves', () => {
  it('client_secret_basic and client_secret_post, but not both, nor twice', async () => {
    const party = demo.relyingParty(worker);
    const basic = `Basic ${Buffer.from(`${worker.clientId}:${worker.secret}`).toString('base64')}`;
    expect((await party.post('token', credentials)).status).toBe(200);
    expect((await party.post('token', credentials, { authorization: basic })).status).toBe(200);
    const both = { ...credentials, client_id: worker.clientId, client_secret: worker.secret };
    expect((await party.post('token', both, { authorization: basic })).json.error).toBe('invalid_request');
    const twice = { ...credentials, client_secret: [worker.secret ?? '', worker.secret ?? ''] };
    expect((await party.post('token', twice)).json.error).toBe('invalid_request');
  });

  it('both secrets hold while one replaces the other', async () => {
    const registered = await demo.client(own);
    const { body } = await demo.manage('POST', `/v1/clients/${registered.clientId}/rotate-secret`, {
      overlapSeconds: 600,
    });
    for (const secret of [registered.secret, body.clientSecret])
      expect((await demo.relyingParty({ ...registered, secret }).post('token', credentials)).status).toBe(
        200,
      );
    const { status, json } = await demo
      .relyingParty({ ...registered, secret: 'cs_x' })
      .post('token', credentials);
    expect([status, json.error]).toEqual([401, 'invalid_client']);
  });

  it('no client is known by the hash of a secret', async () => {
    const [row] = await broker.service.database.query<{ row: string }>(
      'SELECT c::text AS row FROM oidc_clients c WHERE client_id = $1',
      [worker.clientId],
    );
    const [hash] = /[0-9a-f]{64}/.exec(row?.row ?? '') ?? [];
    for (const secret of ['hashed', hash ?? 'x'])
      expect((await demo.relyingParty({ ...worker, secret }).post('token', credentials)).status).toBe(401);
  });

  describe('private_key_jwt', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const jwk = { kid: 'a', alg: 'EdDSA', use: 'sig', ...publicKey.export({ format: 'jwk' }) };
    let keyed: Registered;
    beforeAll(async () => {
      keyed = await demo.client({ ...own, jwks: { keys: [jwk] } });
    });
    const now = () => Math.floor(Date.now() / 1000);
    const claimsOf = (changed: object = {}) => ({
      ...{ iss: keyed.clientId, sub: keyed.clientId, aud: 'http://localhost:4000/oidc/demo', iat: now() },
      ...{ exp: now() + 60, jti: randomUUID(), ...changed },
    });
    const ask = (assertion: string) =>
      demo.relyingParty(keyed).post('token', {
        ...credentials,
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
    const head = { alg: 'EdDSA', kid: 'a', typ: 'JWT' };

    it('JWT-05: an assertion works once, also of ten at once', async () => {
      const assertion = jwt(head, claimsOf(), privateKey);
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(assertion)));
      expect(answers.map(({ status }) => status).sort()).toEqual([
        200,
        ...Array.from({ length: 9 }, () => 401),
      ]);
      expect((await ask(assertion)).json.error).toBe('invalid_client');
    });

    it.each<[string, object]>([
      ['for the token endpoint', { aud: 'http://localhost:4000/oidc/demo/token' }],
      ['for several', { aud: ['http://localhost:4000/oidc/demo', 'https://other.example'] }],
      ['JWT-06: for another application', { aud: 'http://localhost:4000/oidc/acme' }],
      ['that holds for an hour', { exp: now() + 3600 }],
      ['that holds for two minutes, from a minute ago', { iat: now() - 60, exp: now() + 60 }],
      ['that has expired', { iat: now() - 100, exp: now() - 50 }],
      ['of the future', { iat: now() + 60, exp: now() + 110 }],
      ['without jti', { jti: undefined }],
      ['of another issuer', { iss: 'somebody' }],
    ])('JWT-05: not one %s', async (_case, changed) => {
      expect((await ask(jwt(head, claimsOf(changed), privateKey))).json.error).toBe('invalid_client');
    });

    it('JWT-01, JWT-02: not one by none, by a shared key or by another key', async () => {
      const claims = claimsOf();
      const text = `${encode({ ...head, alg: 'HS256' })}.${encode(claims)}`;
      const shared = [publicKey.export({ type: 'spki', format: 'pem' }), JSON.stringify(jwk), ''];
      const forged = [
        ...['none', 'None', 'nOnE'].map((alg) => jwt({ ...head, alg }, claims)),
        ...shared.map((key) => `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`),
        jwt(head, claims, generateKeyPairSync('ed25519').privateKey),
        jwt(
          { ...head, alg: 'ES256' },
          claims,
          generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
          'sha256',
        ),
      ];
      for (const assertion of forged) expect((await ask(assertion)).json.error).toBe('invalid_client');
    });
  });
});

describe('introspection and revocation', () => {
  const tokenOf = async (registered = worker) =>
    (await demo.relyingParty(registered).post('token', credentials)).json.access_token;

  it('RFC 7662 §2.1: nobody asks who does not prove who they are', async () => {
    const token = await tokenOf();
    for (const secret of [undefined, 'cs_x'])
      expect((await demo.relyingParty({ ...worker, secret }).post('introspect', { token })).status).toBe(401);
  });

  it('JWT-01, JWT-02: a changed, unsigned or foreign token is not active', async () => {
    const token: string = await tokenOf();
    const { header, claims } = partsOf(token);
    const [head, , signature] = token.split('.');
    const forged = [
      `${head}.${encode({ ...claims, scope: 'payments' })}.${signature}`,
      jwt({ ...header, alg: 'none' }, claims),
      jwt(header, claims, generateKeyPairSync('ed25519').privateKey),
      `${token}x`,
      token.split('.').slice(0, 2).join('.'),
    ];
    for (const one of forged) {
      const { status, json } = await demo.relyingParty(worker).post('introspect', { token: one });
      expect(status === 200 ? json : { active: false }).toEqual({ active: false });
    }
  });

  it('JWT-06: one of another application is not active here', async () => {
    const acme = new ProviderApplication(broker, 'acme');
    await acme.manage('PUT', '/v1/scopes/accounts', { description: 'Your accounts' });
    const foreign = (await acme.relyingParty(await acme.client(own)).post('token', credentials)).json
      .access_token;
    expect((await demo.relyingParty(worker).post('introspect', { token: foreign })).json).toEqual({
      active: false,
    });
    expect((await acme.relyingParty(worker).post('token', credentials)).json.error).toBe('invalid_client');
  });

  it('an id_token or an assertion is no access token', async () => {
    await demo.user('gil');
    const party = demo.relyingParty(await demo.client());
    const { id_token: token } = await demo.tokens(party, 'gil');
    expect((await party.post('introspect', { token })).json).toEqual({ active: false });
  });

  it('RFC 7009: a client takes back its own tokens; what is unknown is none of anybody’s business', async () => {
    await demo.user('hal');
    const party = demo.relyingParty(
      await demo.client({ grantTypes: ['authorization_code', 'refresh_token'] }),
    );
    const tokens = await demo.tokens(party, 'hal');
    const other = demo.relyingParty(await demo.client());
    expect((await other.post('revoke', { token: tokens.refresh_token })).json.error).toBe('invalid_request');
    expect((await party.userinfo(tokens.access_token)).status).toBe(200);
    expect((await party.post('revoke', { token: tokens.refresh_token })).status).toBe(200);
    expect((await party.userinfo(tokens.access_token)).status).toBe(401);
    expect((await party.refresh(tokens.refresh_token)).json.error).toBe('invalid_grant');
    expect((await party.post('revoke', { token: 'nothing' })).status).toBe(200);
  });

  it('nobody revokes a client’s own token, and is told so', async () => {
    const { json } = await demo.relyingParty(worker).post('revoke', { token: await tokenOf() });
    expect(json.error).toBe('unsupported_token_type');
  });
});
