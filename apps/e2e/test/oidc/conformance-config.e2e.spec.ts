import { createPublicKey } from 'node:crypto';
import { OidcBank } from '../../src/oidc-bank.ts';
import { send } from '../../src/http.ts';
import { System } from '../../src/system.ts';

/* The one module of the OpenID Foundation's plan `oidcc-config-certification-test-plan`: docs/conformance.md. */
describe('oidcc-config-certification-test-plan', () => {
  const ORIGIN = 'https://id.example';
  let system: System;
  let issuer: string;
  const get = (path: string) => send('GET', system.gateway, path, { headers: { host: 'id.example' } });

  beforeAll(async () => {
    system = await System.boot('conformance_config', { publicUrl: ORIGIN });
    issuer = `${ORIGIN}/oidc/${(await OidcBank.open(system)).appId}`;
  });
  afterAll(() => system?.close());

  it('oidcc-discovery-endpoint-verification', async () => {
    const { body, headers, status } = await get(
      `${new URL(issuer).pathname}/.well-known/openid-configuration`,
    );
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('application/json')]);
    expect(body.issuer).toBe(issuer);
    for (const [name, value] of Object.entries(body))
      if (name.endsWith('_endpoint') || name === 'jwks_uri')
        expect([name, value]).toEqual([name, expect.stringMatching(/^https:\/\/id\.example\/oidc\/./)]);
    for (const name of ['authorization', 'token', 'userinfo', 'revocation', 'introspection', 'end_session'])
      expect(body).toHaveProperty(`${name}_endpoint`);
    expect(body.response_types_supported).toEqual(['code']);
    expect(body.subject_types_supported).toContain('public');
    expect(body.id_token_signing_alg_values_supported).toEqual(
      expect.arrayContaining(['RS256', 'EdDSA', 'ES256']),
    );
    expect(body.grant_types_supported).toContain('authorization_code');
    expect(body.grant_types_supported).not.toContain('implicit');
    expect(body.scopes_supported).toContain('openid');
    for (const scope of body.scopes_supported) expect(scope).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(body.code_challenge_methods_supported).toEqual(['S256']);
    expect(body.claims_supported).toEqual(expect.arrayContaining(['sub', 'name', 'email']));
    expect(body.claims_parameter_supported).toBe(true);
    expect(body.request_parameter_supported ?? false).toBe(false);
    expect(body.request_uri_parameter_supported).toBe(false);
    expect(body.authorization_response_iss_parameter_supported).toBe(true);
  });

  it('oidcc-discovery-endpoint-verification: the JWKS holds public keys alone, and they can be read', async () => {
    const { jwks_uri: jwks } = (await get(`${new URL(issuer).pathname}/.well-known/openid-configuration`))
      .body;
    const { body, status } = await get(new URL(jwks).pathname);
    expect([status, body.keys.length > 0]).toEqual([200, true]);
    for (const key of body.keys) {
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
        expect(key).not.toHaveProperty(secret);
      expect(key).toMatchObject({
        kid: expect.any(String),
        use: 'sig',
        alg: expect.stringMatching(/^(EdDSA|ES256|RS256)$/),
      });
      for (const member of ['n', 'e', 'x', 'y'])
        if (member in key) expect(key[member]).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(createPublicKey({ key, format: 'jwk' }).type).toBe('public');
    }
  });
});
