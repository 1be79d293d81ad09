import { createHmac } from 'node:crypto';
import type { IssueTokensRequest } from '@countersign/contracts';
import { FixedClock, randomToken } from '@countersign/kernel';
import {
  decodeUnverified,
  generateKeyPair,
  type PrivateJwk,
  signJwt,
  verifyJwt,
} from '@countersign/security';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { TokenService } from './token.service.ts';

let bed: TestBed;
let key: string;
let shopKey: string;
beforeAll(async () => {
  bed = await startTokenService('tokens');
  await bed.application('bank');
  await bed.application('shop');
  ({ key } = await bed.apiKey('bank', []));
  ({ key: shopKey } = await bed.apiKey('shop', []));
});
afterAll(() => bed?.close());

const completed = (more: Partial<IssueTokensRequest> = {}): IssueTokensRequest => ({
  appId: 'bank',
  flowId: randomToken(16),
  userId: 'user-1',
  username: 'Dana',
  amr: ['ext', 'otp'],
  acr: 'aal2',
  authTime: 1_700_000_000,
  ...more,
});
const issue = (request: IssueTokensRequest) =>
  bed.as('mfa-orchestrator', 'POST', '/internal/tokens', request);
const verify = (by: string | undefined, jwtAccess: unknown) =>
  bed.call('POST', '/fido2/v2/mgmt/token/verify', { key: by, body: { jwtAccess } });
const published = async (app: string) =>
  (await bed.call('GET', `/apps/${app}/fido2/v2/.well-known/jwks.json`)).body.keys;
const accessToken = async (more: Partial<IssueTokensRequest> = {}): Promise<string> =>
  (await issue(completed(more))).body.accessToken;
/** The key the application signs with, unsealed: what an attacker does not have. */
const signingKey = async (app: string) => {
  const [row] = await bed.rows<{ kid: string; sealed: string }>(
    `SELECT kid, sealed_private_jwk AS sealed FROM signing_keys WHERE app_id = $1`,
    [app],
  );
  const { vault } = bed.service.platform;
  const privateJwk = JSON.parse(vault.open(row!.sealed, `signing-key/${app}/${row!.kid}`)) as PrivateJwk;
  return { kid: row!.kid, alg: 'ES256', privateJwk };
};

describe('tokens of a completed flow', () => {
  it('L8: access and id token verify by the application’s JWKS and say what LoginID’s say', async () => {
    const { status, body } = await issue(completed());
    expect(status).toBe(200);
    expect(body.refreshToken).toMatch(/^eyJ/);
    const common = { keys: await published('bank'), algorithms: ['ES256'], audience: 'bank' };
    const issuer = 'https://mfa.example/apps/bank';
    const access = await verifyJwt(body.accessToken, { ...common, issuer, typ: 'at+jwt' });
    expect(access).toMatchObject({
      ...{
        aud: 'bank',
        sub: 'user-1',
        username: 'Dana',
        rpId: 'bank.localhost',
        amr: ['ext', 'otp'],
        acr: 'aal2',
      },
      ...{ auth_time: 1_700_000_000, tokenType: 'jwtAccess', verify: '/fido2/v2/mgmt/token/verify' },
      scopes: ['passkey:read', 'passkey:write', 'auth:write'],
      jti: expect.any(String),
    });
    expect((access.exp as number) - (access.iat as number)).toBe(600);
    const id = await verifyJwt(body.idToken, { ...common, issuer, typ: 'JWT' });
    expect(id).toMatchObject({ sub: 'user-1', username: 'Dana', auth_time: 1_700_000_000, acr: 'aal2' });
    expect(id).not.toHaveProperty('scopes');
  });

  it('a repeat says the same: a flow never has two access tokens', async () => {
    const request = completed();
    const answers = await Promise.all(Array.from({ length: 8 }, () => issue(request)));
    const claims = answers.map(({ body }) => decodeUnverified(body.accessToken).claims);
    for (const said of claims) expect(said).toEqual(claims[0]);
    const later = await issue({ ...request, amr: ['hwk'], acr: 'aal3', username: 'Eve' });
    expect(decodeUnverified(later.body.accessToken).claims).toEqual(claims[0]);
    const stranger = await issue({ ...request, userId: 'user-2' });
    expect([stranger.status, stranger.body.code]).toEqual([403, 'token/user-mismatch']);
    expect(await bed.rows('SELECT 1 FROM issued_tokens WHERE flow_id = $1', [request.flowId])).toHaveLength(
      1,
    );
  });

  it('are issued to the orchestrator alone, for applications there are', async () => {
    expect((await bed.as('sso-data', 'POST', '/internal/tokens', completed())).status).toBe(403);
    expect(
      (await bed.call('POST', '/internal/tokens', { key: bed.platformKey, body: completed() })).status,
    ).toBe(401);
    expect((await issue(completed({ appId: 'nowhere' }))).status).toBe(404);
  });

  it('are not kept', async () => {
    const request = completed();
    const { body } = await issue(request);
    const everything = JSON.stringify(await bed.rows('SELECT * FROM issued_tokens'));
    for (const token of [body.accessToken, body.idToken]) {
      expect(everything).not.toContain(token);
      expect(everything).not.toContain(token.split('.')[2]);
    }
  });
});

describe('POST /fido2/v2/mgmt/token/verify', () => {
  it('L8: 204 for an access token, by any valid key, whatever its scopes', async () => {
    const answer = await verify(key, await accessToken());
    expect([answer.status, answer.body]).toEqual([204, '']);
  });

  it('400 for none, 401 without a key, before the body is looked at', async () => {
    for (const missing of [undefined, '', 42]) expect((await verify(key, missing)).status).toBe(400);
    expect((await verify(undefined, undefined)).status).toBe(401);
    expect((await verify('csk_bad', await accessToken())).status).toBe(401);
  });

  it('JWT-06, API-01: another application’s token is refused, also when signed by the same key', async () => {
    const token = await accessToken();
    expect((await verify(shopKey, token)).status).toBe(401);
    const { claims } = decodeUnverified(token);
    const asShop = await signJwt(await signingKey('bank'), { typ: 'at+jwt' }, { ...claims, aud: 'shop' });
    expect((await verify(shopKey, asShop)).status).toBe(401);
    expect((await verify(key, asShop)).status).toBe(401);
  });

  it('JWT-01: alg none, any spelling, and an empty signature', async () => {
    const [header, payload, signature] = (await accessToken()).split('.') as [string, string, string];
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const forged = (alg: string) =>
      Buffer.from(JSON.stringify({ alg, kid, typ: 'at+jwt' })).toString('base64url');
    for (const alg of ['none', 'None', 'nOnE']) {
      for (const end of ['', signature])
        expect((await verify(key, `${forged(alg)}.${payload}.${end}`)).status).toBe(401);
    }
    expect((await verify(key, `${header}.${payload}.`)).status).toBe(401);
    expect((await verify(key, `${header}.${payload}`)).status).toBe(401);
  });

  it('JWT-02: HS256 over the public key, another algorithm’s key, another key under the same kid', async () => {
    const token = await accessToken();
    const { claims } = decodeUnverified(token);
    const { kid, privateJwk } = await signingKey('bank');
    const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${text({ alg: 'HS256', kid, typ: 'at+jwt' })}.${text(claims)}`;
    const publicKey = (await published('bank'))[0];
    const secrets = ['', JSON.stringify(publicKey), Buffer.from(publicKey.x, 'base64url')];
    const hmacs = secrets.map(
      (secret) => `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`,
    );
    const other = await generateKeyPair('ES256');
    const edwards = await generateKeyPair('EdDSA');
    const forgeries = [
      ...hmacs,
      await signJwt({ ...other, kid }, { typ: 'at+jwt' }, claims),
      await signJwt({ ...edwards, kid }, { typ: 'at+jwt' }, claims),
      await signJwt(other, { typ: 'at+jwt' }, claims),
    ];
    for (const forged of forgeries) expect((await verify(key, forged)).status).toBe(401);
    const genuine = await signJwt({ kid, alg: 'ES256', privateJwk }, { typ: 'at+jwt' }, claims);
    expect((await verify(key, genuine)).status).toBe(204);
  });

  it('typ keeps tokens apart: an id token is no access token', async () => {
    const { body } = await issue(completed());
    expect((await verify(key, body.idToken)).status).toBe(401);
    const { claims } = decodeUnverified(body.accessToken);
    for (const typ of ['JWT', 'mfa-decision+jwt', 'AT+JWT']) {
      expect((await verify(key, await signJwt(await signingKey('bank'), { typ }, claims))).status).toBe(401);
    }
  });

  it('an expired one is refused, and one that was never issued', async () => {
    const token = await accessToken();
    const { claims } = decodeUnverified(token);
    const bank = await signingKey('bank');
    const sign = (more: object) => signJwt(bank, { typ: 'at+jwt' }, { ...claims, ...more });
    expect((await verify(key, await sign({}))).status).toBe(204);
    expect((await verify(key, await sign({ exp: 1_700_000_000 }))).status).toBe(401);
    expect((await verify(key, await sign({ jti: 'never' }))).status).toBe(401);
    expect((await verify(key, await sign({ jti: undefined }))).status).toBe(401);
    expect((await verify(key, await sign({ iss: 'https://mfa.example/apps/shop' }))).status).toBe(401);
  });
});

describe('the life of an access token', () => {
  it('ends by the clock', async () => {
    const clock = new FixedClock();
    const timed = await startTokenService('tokens-timed', {}, { clock });
    try {
      await timed.application('bank');
      const owner = await timed.apiKey('bank', []);
      const request = completed();
      const service = timed.service.app.get(TokenService, { strict: false });
      const issued = await service.issue(request);
      if (!issued.ok) throw new Error('not issued');
      const ask = () =>
        timed.call('POST', '/fido2/v2/mgmt/token/verify', {
          key: owner.key,
          body: { jwtAccess: issued.value.accessToken },
        });
      clock.advance(599);
      expect((await ask()).status).toBe(204);
      clock.advance(1);
      expect((await ask()).status).toBe(401);
    } finally {
      await timed.close();
    }
  });
});

describe('GET /fido2/v2/version', () => {
  it('is open (contracts §1.10)', async () => {
    const answer = await bed.call('GET', '/fido2/v2/version');
    expect([answer.status, answer.body]).toEqual([200, { version: expect.any(String) }]);
  });
});
