import { decodeUnverified, generateKeyPair, signJwt } from '@countersign/security';
import { claimsOf, form, introspect, logIn, refresh, signingKeyOf } from '../../test/tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
let key: string;
let shopKey: string;
beforeAll(async () => {
  bed = await startTokenService('introspection');
  await bed.application('bank');
  await bed.application('shop');
  ({ key } = await bed.apiKey('bank', []));
  ({ key: shopKey } = await bed.apiKey('shop', ['auth:write']));
});
afterAll(() => bed?.close());

const INACTIVE = { active: false };

describe('POST /fido2/v2/mgmt/token/introspect', () => {
  it('RFC 7662 §2.2: says of an access token what it says, by any valid key, as a form or as JSON', async () => {
    const login = await logIn(bed, 'dana');
    const claims = claimsOf(login.accessToken);
    const asForm = await introspect(bed, key, login.accessToken);
    expect(asForm.status).toBe(200);
    expect(asForm.headers['content-type']).toMatch(/^application\/json/);
    expect(asForm.headers['cache-control']).toBe('no-store');
    expect(asForm.body).toEqual({
      ...{ active: true, token_type: 'Bearer', scope: 'passkey:read passkey:write auth:write' },
      ...{ sub: login.userId, username: 'dana', aud: 'bank', iss: 'https://mfa.example/apps/bank' },
      ...{ jti: claims.jti, iat: claims.iat, exp: claims.exp },
      ...{ auth_time: 1_700_000_000, acr: 'aal2', amr: ['ext', 'otp'] },
    });
    const asJson = await bed.call('POST', '/fido2/v2/mgmt/token/introspect', {
      ...{ key, body: { token: login.accessToken, token_type_hint: 'refresh_token', more: 1 } },
    });
    expect(asJson.body).toEqual(asForm.body);
  });

  it('RFC 7662 §2.2: a refresh token is active until it is used, until the end of its family', async () => {
    const login = await logIn(bed, 'dana');
    const { body } = await introspect(bed, key, login.refreshToken);
    expect(body).toMatchObject({ active: true, sub: login.userId, username: 'dana', acr: 'aal2' });
    expect(body.token_type).toBeUndefined();
    expect(Math.abs(body.exp - Date.now() / 1000 - 28_800)).toBeLessThan(30);
    const next = await refresh(bed, login.refreshToken);
    expect((await introspect(bed, key, login.refreshToken)).body).toEqual(INACTIVE);
    expect((await introspect(bed, key, next.body.refreshToken)).body.active).toBe(true);
  });

  it('JWT-06, RFC 7662 §2.2: nothing is said of what is foreign, an id token, unknown or no token', async () => {
    const login = await logIn(bed, 'dana');
    const foreign = await logIn(bed, 'dana', { appId: 'shop' });
    const shop = [login.accessToken, login.refreshToken];
    for (const token of shop) expect((await introspect(bed, shopKey, token)).body).toEqual(INACTIVE);
    const strange = [foreign.accessToken, foreign.refreshToken, login.idToken, 'x', 'a.b.c', key, 'ü\u0000'];
    for (const token of strange) expect((await introspect(bed, key, token)).body).toEqual(INACTIVE);
    expect((await introspect(bed, shopKey, foreign.accessToken)).body.active).toBe(true);
  });

  it('JWT-01, JWT-02: forged tokens are inactive', async () => {
    const { accessToken } = await logIn(bed, 'dana');
    const { claims } = decodeUnverified(accessToken);
    const genuine = await signingKeyOf(bed, 'bank');
    const [header, payload, signature] = accessToken.split('.') as [string, string, string];
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: genuine.kid, typ: 'at+jwt' }));
    const other = await generateKeyPair('ES256');
    const sign = (more: object, typ = 'at+jwt', by = genuine) => signJwt(by, { typ }, { ...claims, ...more });
    const forgeries = [
      `${none.toString('base64url')}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')}.${signature}`,
      await sign({}, 'at+jwt', { ...other, kid: genuine.kid }),
      await sign({}, 'at+jwt', await signingKeyOf(bed, 'shop')),
      await sign({}, 'authz+jwt'),
      await sign({ aud: 'shop' }),
      await sign({ exp: 1_700_000_000 }),
      await sign({ jti: `${claims.jti as string}.1` }), // of a generation that was never made
      await sign({ jti: `${claims.jti as string}.01` }),
      await sign({ jti: '\u0000' }),
    ];
    for (const token of forgeries) expect((await introspect(bed, key, token)).body).toEqual(INACTIVE);
    expect((await introspect(bed, key, await sign({}))).body.active).toBe(true);
  });

  it('RFC 7662 §2.3: errors are OAuth’s; security 36: a parameter comes once', async () => {
    const { accessToken } = await logIn(bed, 'dana');
    const nobody = await introspect(bed, undefined, accessToken);
    expect([nobody.status, nobody.body.error]).toEqual([401, 'invalid_client']);
    expect(nobody.headers['www-authenticate']).toBe('Bearer');
    expect((await introspect(bed, 'csk_bad', accessToken)).status).toBe(401);
    const session = await introspect(bed, accessToken, accessToken);
    expect([session.status, session.body.error]).toEqual([401, 'invalid_client']);
    const bad = [`token=${accessToken}&token=${accessToken}`, 'tok=1', '', 'token='];
    for (const fields of bad) {
      const { status, body } = await form(bed, 'introspect', key, fields);
      expect([status, body.error]).toEqual([400, 'invalid_request']);
      expect(Object.keys(body).sort()).toEqual(['error', 'error_description']);
    }
    const headers = { 'content-type': 'text/plain' };
    const path = '/fido2/v2/mgmt/token/introspect';
    expect((await bed.call('POST', path, { key, headers, body: 'token=x' })).status).toBe(415);
  });

  it('EXT-06: forms are taken nowhere else, and no page reads an answer', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://page.example',
    };
    const body = 'jwtAccess=x';
    expect((await bed.call('POST', '/fido2/v2/mgmt/token/verify', { key, headers, body })).status).toBe(415);
    const refreshed = await bed.call('POST', '/apps/bank/fido2/v2/auth/refresh', { headers, body });
    expect(refreshed.status).toBe(415);
    const path = '/fido2/v2/mgmt/token/introspect';
    const answer = await bed.call('POST', path, { key, headers, body: 'token=x' });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
  });
});
