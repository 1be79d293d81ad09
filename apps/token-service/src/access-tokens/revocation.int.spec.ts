import { randomToken } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { asked, claimsOf, form, holds, introspect, logIn, refresh } from '../../test/tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';

let bed: TestBed;
let key: string;
let shopKey: string;
beforeAll(async () => {
  bed = await startTokenService('revocation');
  await bed.application('bank');
  await bed.application('shop');
  ({ key } = await bed.apiKey('bank', ['auth:write', 'reg:write']));
  ({ key: shopKey } = await bed.apiKey('shop', ['auth:write']));
});
afterAll(() => bed?.close());

const revoke = (by: string, token: string) => form(bed, 'revoke', by, { token });
const logOut = (headers: Record<string, string>, app = 'bank') =>
  bed.call('POST', `/apps/${app}/fido2/v2/auth/logout`, { headers });

describe('POST /fido2/v2/mgmt/token/revoke', () => {
  it('RFC 7009 §2.1: an access token ends at once, at every door, and alone', async () => {
    const login = await logIn(bed, 'dana');
    expect(await holds(bed, key, login.accessToken)).toBe(true);
    const { status, body } = await revoke(key, login.accessToken);
    expect([status, body]).toEqual([200, '']);
    expect(await holds(bed, key, login.accessToken)).toBe(false);
    const next = await refresh(bed, login.refreshToken);
    expect(await holds(bed, key, next.body.accessToken)).toBe(true);
    expect(await holds(bed, key, login.accessToken)).toBe(false);
    expect((await revoke(key, login.accessToken)).status).toBe(200);
  });

  it('RFC 7009 §2.1: a refresh token, also an old one, takes its whole family with it', async () => {
    const login = await logIn(bed, 'dana');
    const next = await refresh(bed, login.refreshToken);
    expect((await revoke(key, login.refreshToken)).status).toBe(200);
    for (const token of [login.accessToken, next.body.accessToken])
      expect(await holds(bed, key, token)).toBe(false);
    expect((await refresh(bed, next.body.refreshToken)).status).toBe(401);
    expect((await introspect(bed, key, next.body.refreshToken)).body).toEqual({ active: false });
  });

  it('RFC 7009 §2.2: 200 for what is no token; JWT-06: another application ends nothing', async () => {
    const login = await logIn(bed, 'dana');
    for (const token of ['x', 'a.b.c', login.idToken]) expect((await revoke(key, token)).status).toBe(200);
    for (const token of [login.accessToken, login.refreshToken])
      expect((await revoke(shopKey, token)).status).toBe(200);
    expect(await holds(bed, key, login.accessToken)).toBe(true);
    expect((await refresh(bed, login.refreshToken)).status).toBe(200);
  });

  it('RFC 7009 §2.2.1: errors are OAuth’s; it needs auth:write', async () => {
    const login = await logIn(bed, 'dana');
    const weak = await bed.apiKey('bank', ['app:write']);
    const refused = await revoke(weak.key, login.accessToken);
    expect([refused.status, refused.body.error]).toEqual([403, 'insufficient_scope']);
    expect((await form(bed, 'revoke', undefined, { token: 'x' })).body.error).toBe('invalid_client');
    expect((await form(bed, 'revoke', key, {})).body.error).toBe('invalid_request');
    expect(await holds(bed, key, login.accessToken)).toBe(true);
  });

  it('a revocation outlives a restart', async () => {
    const login = await logIn(bed, 'dana');
    await revoke(key, login.accessToken);
    await bed.restart();
    expect(await holds(bed, key, login.accessToken)).toBe(false);
  });
});

describe('POST /fido2/v2/auth/logout', () => {
  it('SES-06: ends the login of the token: every access token and the refresh token; others go on', async () => {
    const [login, elsewhere] = [await logIn(bed, 'dana'), await logIn(bed, 'dana')];
    const next = await refresh(bed, login.refreshToken);
    const answer = await logOut({ authorization: next.body.accessToken });
    expect([answer.status, answer.body]).toEqual([204, '']);
    for (const token of [login.accessToken, next.body.accessToken])
      expect(await holds(bed, key, token)).toBe(false);
    expect((await refresh(bed, next.body.refreshToken)).status).toBe(401);
    expect((await logOut({ authorization: next.body.accessToken })).status).toBe(401);
    expect(await holds(bed, key, elsewhere.accessToken)).toBe(true);
    expect((await logOut({ authorization: `Bearer ${elsewhere.accessToken}` })).status).toBe(204);
  });

  it('ST-05: takes no other credential: id token, refresh token, API key, another application’s token', async () => {
    const login = await logIn(bed, 'dana');
    const credentials = [
      ...[login.idToken, login.refreshToken, key, `Bearer ${key}`, randomToken(32)],
      `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      (await logIn(bed, 'dana', { appId: 'shop' })).accessToken,
    ];
    for (const authorization of credentials) expect((await logOut({ authorization })).status).toBe(401);
    expect((await logOut({})).status).toBe(401);
    const cookie = `token=${login.accessToken}`;
    expect((await logOut({ cookie })).status).toBe(401);
    expect((await logOut({ authorization: login.accessToken }, 'shop')).status).toBe(401);
    expect((await logOut({ authorization: login.accessToken }, 'nowhere')).status).toBe(404);
    expect(await holds(bed, key, login.accessToken)).toBe(true);
  });
});

describe('POST /internal/access-tokens/verify', () => {
  it('tells mfa-orchestrator, sso-data and oidc-broker, and nobody else, whose an access token is', async () => {
    const login = await logIn(bed, 'dana');
    const { jti, exp } = claimsOf(login.accessToken);
    const { status, body } = await asked(bed, login.accessToken);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ kind: 'access', userId: login.userId, username: 'dana', flowId: login.flowId, jti, exp },
      ...{ acr: 'aal2', amr: ['ext', 'otp'], authTime: 1_700_000_000 },
      scopes: ['passkey:read', 'passkey:write', 'auth:write'],
    });
    expect((await asked(bed, login.accessToken, 'BANK')).status).toBe(200);
    const question = { appId: 'bank', token: login.accessToken };
    const path = '/internal/access-tokens/verify';
    expect((await bed.as('sso-data', 'POST', path, question)).body).toEqual(body);
    expect((await bed.as('oidc-broker', 'POST', path, question)).body).toEqual(body);
    expect((await bed.as('token-service', 'POST', path, question)).status).toBe(403);
    expect((await bed.call('POST', path, { key, body: question })).status).toBe(401);
  });

  it('JWT-06: 404 in another application, for an id token, a refresh token and garbage', async () => {
    const login = await logIn(bed, 'dana');
    const answers = [
      ...[await asked(bed, login.accessToken, 'shop'), await asked(bed, login.accessToken, 'nowhere')],
      ...[await asked(bed, login.idToken), await asked(bed, login.refreshToken), await asked(bed, 'x')],
    ];
    for (const { status, body } of answers)
      expect([status, body.code]).toEqual([404, 'token/access-token-refused']);
  });
});

describe('what happens to a user', () => {
  const tell = async (type: string, userId: string, data: object) => {
    const event = {
      ...{ specversion: '1.0', id: randomToken(16), source: '/mfa-orchestrator', type },
      ...{ subject: userId, appid: 'bank', datacontenttype: 'application/json', data: { userId, ...data } },
    };
    await bed.transport.publish([
      { topic: 'mfa.users', key: userId, value: Buffer.from(JSON.stringify(event)) },
    ]);
  };
  /** Waits until the token holds no more and answers how long that took, in milliseconds. */
  const dead = async (token: string) => {
    const start = performance.now();
    await waitFor(async () => !(await holds(bed, key, token)), { timeoutMs: 3_000 });
    return performance.now() - start;
  };

  it('OP-14: a deleted user’s access, refresh and granted tokens end within a second', async () => {
    const [dana, eve] = [await logIn(bed, 'dana'), await logIn(bed, 'eve')];
    const granted = await bed.call('POST', '/fido2/v2/mgmt/grant', {
      ...{ key, body: { grants: ['reg:write'], username: 'dana' } },
    });
    await tell('mfa.user.deleted.v1', dana.userId, {});
    expect(await dead(dana.accessToken)).toBeLessThan(1_000);
    expect((await refresh(bed, dana.refreshToken)).status).toBe(401);
    expect((await asked(bed, granted.body.token)).status).toBe(404);
    expect(await holds(bed, key, eve.accessToken)).toBe(true);
  });

  it('SES-06: a sign-out ends the logins until then, but the one that did it and those that came later', async () => {
    const [own, other] = [await logIn(bed, 'finn'), await logIn(bed, 'finn')];
    const before = new Date().toISOString();
    const refreshed = await refresh(bed, own.refreshToken);
    await waitFor(() => new Date().toISOString() > before);
    const later = await logIn(bed, 'finn');
    const exceptJti = claimsOf(refreshed.body.accessToken).jti;
    await tell('mfa.user.signed-out.v1', own.userId, { before, exceptJti });
    expect(await dead(other.accessToken)).toBeLessThan(1_000);
    expect((await refresh(bed, other.refreshToken)).status).toBe(401);
    for (const token of [own.accessToken, refreshed.body.accessToken, later.accessToken])
      expect(await holds(bed, key, token)).toBe(true);
  });
});
