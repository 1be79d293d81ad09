import { OidcBroker } from '../../test/oidc-broker.ts';
import { send } from '../../test/relying-party.ts';

const broker = new OidcBroker();
beforeAll(() => broker.open({ oidcOrigins: ['http://{app}.id.example:4000', 'http://127.0.0.1:4000'] }));
afterAll(() => broker.close());

const ISSUER = 'http://localhost:4000/oidc/demo';

describe('discovery', () => {
  it('seed V9: lists endpoints, EdDSA and scopes', async () => {
    const { status, json } = await send(broker, `${ISSUER}/.well-known/openid-configuration`);
    expect([status, json.issuer]).toEqual([200, ISSUER]);
    expect(json).toMatchObject({
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/.well-known/jwks`,
      pushed_authorization_request_endpoint: `${ISSUER}/par`,
      userinfo_endpoint: `${ISSUER}/userinfo`,
      introspection_endpoint: `${ISSUER}/introspect`,
      revocation_endpoint: `${ISSUER}/revoke`,
      end_session_endpoint: `${ISSUER}/logout`,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      response_modes_supported: ['query', 'form_post'],
    });
    expect(json.id_token_signing_alg_values_supported).toEqual(
      expect.arrayContaining(['EdDSA', 'ES256', 'RS256']),
    );
    expect(json.scopes_supported).toEqual(
      expect.arrayContaining(['openid', '2fa', '2fa_link', 'profile', 'email']),
    );
    expect(json.acr_values_supported).toEqual(['aal1', 'aal2']);
  });

  it.each([
    '/oidc/.well-known/openid-configuration/demo',
    '/.well-known/oauth-authorization-server/oidc/demo',
    '/oidc/demo/.well-known/oauth-authorization-server',
  ])('is the same at %s', async (path) => {
    const { status, json } = await send(broker, path);
    expect([status, json.issuer]).toEqual([200, ISSUER]);
  });

  it.each([
    '/oidc/demo/jwks',
    '/oidc/demo/.well-known/jwks.json',
    '/oidc/jwks/demo',
    '/oidc/.well-known/jwks/demo',
  ])('OP-20: %s answers public members of the keys, and no others', async (path) => {
    const { status, json } = await send(broker, path);
    expect(status).toBe(200);
    expect(json.keys.map((key: { alg: string }) => key.alg).sort()).toEqual(['ES256', 'EdDSA', 'RS256']);
    const members = new Set(json.keys.flatMap((key: object) => Object.keys(key)));
    expect([...members].sort()).toEqual(['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y']);
  });

  it('an issuer per configured origin: the Host chooses one, and any other Host gets the main one', async () => {
    const issuerAt = async (host: string) => {
      const { json } = await send(broker, '/oidc/demo/.well-known/openid-configuration', {
        headers: { host },
      });
      return [json.issuer, json.token_endpoint];
    };
    expect(await issuerAt('demo.id.example:4000')).toEqual([
      'http://demo.id.example:4000/oidc/demo',
      'http://demo.id.example:4000/oidc/demo/token',
    ]);
    expect(await issuerAt('127.0.0.1:4000')).toEqual([
      'http://127.0.0.1:4000/oidc/demo',
      'http://127.0.0.1:4000/oidc/demo/token',
    ]);
    for (const host of ['other.id.example:4000', 'evil.example', 'demo.id.example'])
      expect(await issuerAt(host)).toEqual([ISSUER, `${ISSUER}/token`]);
  });

  it('carries the headers of every answer', async () => {
    const { headers } = await send(broker, `${ISSUER}/.well-known/openid-configuration`);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'x-correlation-id': expect.any(String),
    });
  });
});

describe('OP-19: other spellings lead nowhere', () => {
  it.each([
    '/oidc/DEMO/token',
    '/oidc/%64emo/token',
    '/oidc/demo/%74oken',
    '/oidc//demo/token',
    '/oidc/demo//token',
    '/oidc/demo/../demo/token',
    '/oidc/demo/token;x',
    '/oidc/demo%2ftoken',
    '/oidc/demo./token',
    '/oidc/demo/.well-known',
    '/oidc/demo',
    '/oidc/',
  ])('%s', async (path) => {
    expect((await send(broker, path)).status).toBe(404);
  });
});
