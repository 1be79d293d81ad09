import { generateKeyPairSync } from 'node:crypto';
import { type Ask, confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { Providers } from '../providers/providers.ts';

const broker = new OidcBroker();
let demo: Ask;
beforeAll(async () => {
  await broker.open();
  demo = management(broker, 'demo');
  for (const name of ['accounts', 'payments'])
    await demo('PUT', `/v1/scopes/${name}`, { description: `Your ${name}` });
});
afterAll(() => broker.close());

const create = (more: object) => demo('POST', '/v1/clients', { ...confidentialClient, ...more });

const ed = {
  kid: 'e',
  alg: 'EdDSA',
  use: 'sig',
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
};
const ec = {
  kid: 'p',
  alg: 'ES256',
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
};
const rsaOf = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
const rsa = { kid: 'r', alg: 'RS256', ...rsaOf(2048) };

describe('a client may', () => {
  it.each([
    [
      'sign in users and go on for them',
      { grantTypes: ['authorization_code', 'refresh_token'], scopes: ['openid', 'offline_access'] },
    ],
    ['work for itself alone', { grantTypes: ['client_credentials'], redirectUris: [], scopes: ['accounts'] }],
    ['ask for a second factor', { scopes: ['openid', '2fa'], hint: 'ask', hintInFrontChannel: true }],
    ['enrol users', { scopes: ['openid', '2fa', '2fa_link'], hintInFrontChannel: true }],
    [
      'be a program on a device',
      { kind: 'public', redirectUris: ['com.example.app:/cb', 'http://127.0.0.1/cb'] },
    ],
    [
      'be a page on this machine, and log out to another',
      {
        kind: 'public',
        redirectUris: ['http://localhost:4000/cb', 'http://demo.localhost:4000/cb', 'https://localhost/cb'],
        postLogoutRedirectUris: ['http://localhost:4000/', 'https://shop.example/bye'],
      },
    ],
    [
      'be a program on a device that is told of logouts',
      {
        kind: 'public',
        redirectUris: [
          'com.example.app:/cb',
          'https://shop.example/cb',
          'http://localhost/cb',
          'http://[::1]/cb',
        ],
        postLogoutRedirectUris: ['com.example.app:/bye', 'http://127.0.0.1/bye'],
      },
    ],
    [
      'have a page on its own machine and a secret',
      { redirectUris: ['http://127.0.0.1:9/cb', 'http://a.localhost/cb', 'https://127.0.0.1/cb'] },
    ],
    [
      'ask for MFA, and let devices be remembered',
      { mfa: { policy: 'mfa', maxAgeSeconds: 0 }, rememberDeviceSeconds: 7_776_000 },
    ],
    ['need another algorithm', { signingAlg: 'RS256' }],
    [
      'be told about logouts',
      { backchannelLogoutUri: 'https://shop.example/bye', backchannelLogoutSessionRequired: true },
    ],
    [
      'be told about them on this machine, in development',
      { backchannelLogoutUri: 'http://localhost:9/bye' },
    ],
    [
      'have pages and a logo',
      { logoUri: 'https://a.example/l.svg', policyUri: 'https://a.example/p', tosUri: 'https://a.example/t' },
    ],
    ['insist on PAR', { requirePar: true }],
    ['prove itself by keys', { jwks: { keys: [ed, ec, rsa, { ...rsa, kid: 'q', alg: 'PS256' }] } }],
  ])('%s', async (_case, more) => {
    const { status, body } = await create(more);
    expect(status).toBe(201);
    expect(body.client).toMatchObject(more);
    // what is registered here the provider takes too
    const provider = await broker.service.app
      .get(Providers, { strict: false })
      .for('demo', 'http://localhost:4000');
    expect((await provider?.Client.find(body.client.clientId))?.clientId).toBe(body.client.clientId);
    expect('clientSecret' in body).toBe(!('jwks' in more) && body.client.kind === 'confidential');
  });

  it('change from a secret to keys without a gap: both hold until the secret is taken away', async () => {
    const { client } = (await create({})).body;
    const path = `/v1/clients/${client.clientId}`;
    expect((await demo('PATCH', path, { jwks: { keys: [ed] } })).body).toMatchObject({
      secrets: 1,
      jwks: { keys: [ed] },
    });
    await demo('DELETE', `${path}/secrets`);
    expect((await demo('GET', path)).body).toMatchObject({ secrets: 0, jwks: { keys: [ed] } });
  });
});

describe('a client may not (400 with the field)', () => {
  const keys = (...list: object[]) => ({ jwks: { keys: list } });
  it.each<[string, object, string]>([
    ['be of no kind', { kind: 'native' }, 'kind'],
    ['have no name', { name: '' }, 'name'],
    ['have a name that reads otherwise than it is written', { name: 'a\u202eb' }, 'name'],
    ['have a name with control characters', { name: 'a\u0000b' }, 'name'],
    ['have an odd id', { clientId: 'a:b' }, 'clientId'],
    ['have an id like a user’s (RFC 9700 §4.15)', { clientId: 'abcdefghijklmnopqrstuv' }, 'clientId'],
    [
      'OP-01: have an odd redirect URI',
      { redirectUris: ['https://a.example/', 'https://*.example/'] },
      'redirectUris.1',
    ],
    ['have a private-use scheme and a secret', { redirectUris: ['com.example.app:/cb'] }, 'redirectUris.0'],
    [
      'name a redirect URI twice',
      { redirectUris: ['https://a.example/', 'https://a.example/'] },
      'redirectUris',
    ],
    [
      'have 51 redirect URIs',
      { redirectUris: Array.from({ length: 51 }, (_, n) => `https://a.example/${n}`) },
      'redirectUris',
    ],
    [
      'have too long a redirect URI',
      { redirectUris: [`https://a.example/${'x'.repeat(2048)}`] },
      'redirectUris.0',
    ],
    [
      'push requests without proving itself (RFC 9126 §2)',
      { kind: 'public', requirePar: true },
      'requirePar',
    ],
    ['sign in users without a redirect URI', { redirectUris: [] }, 'redirectUris'],
    [
      'OP-16: have an odd post-logout URI',
      { postLogoutRedirectUris: ['http://a.example/'] },
      'postLogoutRedirectUris.0',
    ],
    [
      'be a program on a device and at https on it',
      { kind: 'public', redirectUris: ['com.example.app:/cb', 'https://localhost/cb'] },
      'redirectUris.1',
    ],
    [
      'be a program on a device and below localhost',
      {
        kind: 'public',
        redirectUris: ['http://127.0.0.1/cb'],
        postLogoutRedirectUris: ['http://a.localhost/'],
      },
      'postLogoutRedirectUris.0',
    ],
    [
      'be a web page and log out to a program',
      { kind: 'public', postLogoutRedirectUris: ['com.example.app:/bye'] },
      'postLogoutRedirectUris.0',
    ],
    [
      'be told about logouts over http',
      { backchannelLogoutUri: 'http://a.example/bye' },
      'backchannelLogoutUri',
    ],
    ['OP-09: have a logo at file:', { logoUri: 'file:///etc/passwd' }, 'logoUri'],
    ['have a policy that is a script', { policyUri: 'javascript:alert(1)' }, 'policyUri'],
    [
      'need a session id without an address',
      { backchannelLogoutSessionRequired: true },
      'backchannelLogoutSessionRequired',
    ],
    ['security 25: use the implicit grant', { grantTypes: ['implicit'] }, 'grantTypes.0'],
    ['security 25: use passwords', { grantTypes: ['password'] }, 'grantTypes.0'],
    ['use no grant', { grantTypes: [] }, 'grantTypes'],
    ['refresh what it never gets', { grantTypes: ['refresh_token', 'client_credentials'] }, 'grantTypes'],
    [
      'RFC 6749 §4.4: work for itself without a secret',
      { kind: 'public', grantTypes: ['authorization_code', 'client_credentials'] },
      'grantTypes',
    ],
    [
      'RFC 8252 §8.6: skip consent where another program could pose as it',
      { kind: 'public', redirectUris: ['http://127.0.0.1/cb'], consent: 'implied' },
      'consent',
    ],
    ['ask for a scope that is not there', { scopes: ['openid', 'nothing'] }, 'scopes.1'],
    ['ask for a scope twice', { scopes: ['openid', 'openid'] }, 'scopes'],
    [
      'seed V11: enrol users as a public client',
      { kind: 'public', scopes: ['openid', '2fa', '2fa_link'] },
      'scopes',
    ],
    ['seed V11: enrol users without 2fa', { scopes: ['openid', '2fa_link'] }, 'scopes'],
    [
      'seed V11: enrol whoever its users say they are',
      { scopes: ['openid', '2fa', '2fa_link'], hint: 'ask' },
      'hint',
    ],
    ['ask for 2fa without openid', { scopes: ['2fa'] }, 'scopes'],
    ['sign in users without a scope', { scopes: [] }, 'scopes'],
    ['sign in users without openid', { scopes: ['accounts'] }, 'scopes'],
    [
      'work for itself without a scope',
      { grantTypes: ['client_credentials'], redirectUris: [], scopes: [] },
      'scopes',
    ],
    ['sign with a shared secret (JWT-02)', { signingAlg: 'HS256' }, 'signingAlg'],
    ['sign nothing (JWT-01)', { signingAlg: 'none' }, 'signingAlg'],
    ['remember devices for longer', { rememberDeviceSeconds: 7_776_001 }, 'rememberDeviceSeconds'],
    ['ask for MFA by no policy', { mfa: {} }, 'mfa.policy'],
    ['ask for MFA of the future', { mfa: { policy: 'mfa', maxAgeSeconds: -1 } }, 'mfa.maxAgeSeconds'],
    ['bring its own secret', { clientSecret: 'x' }, 'clientSecret'],
    ['say how it signs in (ST-04)', { tokenEndpointAuthMethod: 'none' }, 'tokenEndpointAuthMethod'],
    ['OP-09: have its keys fetched', { jwksUri: 'https://a.example/jwks' }, 'jwksUri'],
    ['have keys without a secret to keep', { kind: 'public', ...keys(ed) }, 'jwks'],
    ['have no keys', keys(), 'jwks.keys'],
    ['OP-20: have a private key', keys({ ...ed, d: 'x' }), 'jwks.keys.0.d'],
    ['JWT-02: have a shared key', keys({ kty: 'oct', k: 'x', kid: 'a', alg: 'HS256' }), 'jwks.keys.0.kty'],
    ['JWT-02: use a key for another algorithm', keys({ ...ec, alg: 'EdDSA' }), 'jwks.keys.0.alg'],
    ['have a key that names no algorithm', keys({ ...ed, alg: undefined }), 'jwks.keys.0.alg'],
    ['have a key for encryption', keys({ ...ed, use: 'enc' }), 'jwks.keys.0.use'],
    ['have two keys of one name', keys(ed, { ...ec, kid: 'e' }), 'jwks.keys'],
    ['have a point off the curve', keys({ ...ec, y: ec.x }), 'jwks.keys.0'],
    ['have a weak key', keys({ ...rsa, ...rsaOf(1024) }), 'jwks.keys.0.n'],
    ['have a key that is slow to check', keys({ ...rsa, n: 'A'.repeat(700) }), 'jwks.keys.0.n'],
    ['have a key of leading zeros', keys({ ...rsa, n: 'A'.repeat(400) }), 'jwks.keys.0'],
    [
      'have eleven keys',
      keys(...Array.from({ length: 11 }, (_, n) => ({ ...ed, kid: `k${n}` }))),
      'jwks.keys',
    ],
  ])('%s', async (_case, more, field) => {
    const answer = await create(more);
    expect(answer).toMatchObject({ status: 400, body: { code: 'request/invalid', field } });
  });
});

it('seed V11: a change may not join 2fa_link and asking, from either side', async () => {
  const patch = async (made: object, changed: object) => {
    const { client } = (await create(made)).body;
    return demo('PATCH', `/v1/clients/${client.clientId}`, changed);
  };
  const scopes = ['openid', '2fa', '2fa_link'];
  const refused = { status: 400, body: { code: 'request/invalid', field: 'hint' } };
  expect(await patch({ scopes }, { hint: 'ask' })).toMatchObject(refused);
  expect(await patch({ scopes: ['openid', '2fa'], hint: 'ask' }, { scopes })).toMatchObject(refused);
  expect(await patch({}, { scopes: [] })).toMatchObject({ status: 400, body: { field: 'scopes' } });
});

describe('production', () => {
  it('has no logout told to its own machine', async () => {
    await broker.restart({ securityProfile: 'production', publicUrl: 'https://id.example' });
    const again = management(broker, 'demo');
    const body = { ...confidentialClient, backchannelLogoutUri: 'http://localhost:9/bye' };
    expect((await again('POST', '/v1/clients', body)).body.field).toBe('backchannelLogoutUri');
  });
});
