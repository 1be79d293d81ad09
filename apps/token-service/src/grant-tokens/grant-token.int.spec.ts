import { FixedClock } from '@countersign/kernel';
import { verifyJwt } from '@countersign/security';
import { asked, form, introspect } from '../../test/tokens.ts';
import { startTokenService, type TestBed } from '../../test/token-service.ts';
import { TokenCheck } from '../access-tokens/token-check.ts';
import { GrantTokenService } from './grant-token.service.ts';

let bed: TestBed;
let key: string;
let keyId: string;
beforeAll(async () => {
  bed = await startTokenService('grants');
  await bed.application('bank');
  await bed.application('shop');
  ({ key, keyId } = await bed.apiKey('bank', ['reg:write', 'auth:write'], {
    ...{ acr: 'aal2', category: 'possession' },
  }));
});
afterAll(() => bed?.close());

const grant = (by: string | undefined, body: unknown) =>
  bed.call('POST', '/fido2/v2/mgmt/grant', { key: by, body });
const granted = async (body: object = { grants: ['reg:write'], username: 'Dana' }): Promise<string> =>
  (await grant(key, body)).body.token;

describe('POST /fido2/v2/mgmt/grant', () => {
  it('contracts §1.10: a JWT with the user’s name and the scopes, for a minute, by the application’s key', async () => {
    const { status, body } = await grant(key, {
      grants: ['reg:write', 'auth:write', 'reg:write'],
      username: 'Dana',
    });
    expect([status, Object.keys(body)]).toEqual([200, ['token']]);
    const { keys } = (await bed.call('GET', '/apps/bank/fido2/v2/.well-known/jwks.json')).body;
    const claims = await verifyJwt(body.token, {
      ...{ keys, algorithms: ['ES256'], typ: 'authz+jwt', audience: 'bank' },
      issuer: 'https://mfa.example/apps/bank',
    });
    expect(claims).toMatchObject({
      ...{ username: 'Dana', sub: bed.orchestrator.userId('bank', 'dana'), jti: expect.any(String) },
      ...{ scopes: ['reg:write', 'auth:write'], keyId, acr: 'aal2', category: 'possession' },
    });
    expect((claims.exp as number) - (claims.iat as number)).toBe(60);
  });

  it('contracts §1.10: 400 for unknown grants or none, 401 without a key, 403 without that very scope', async () => {
    const ask = async (by: string | undefined, body: unknown) => {
      const answer = await grant(by, body);
      return [answer.status, answer.body.msgCode];
    };
    for (const grants of [undefined, [], ['external:verify'], ['app:write'], ['nothing'], 'reg:write'])
      expect(await ask(key, { grants, username: 'dana' })).toEqual([400, 'bad_request']);
    expect(await ask(key, { grants: ['reg:write'], username: ' ' })).toEqual([400, 'bad_request']);
    expect(await ask(undefined, {})).toEqual([401, 'unauthorized']);
    expect(await ask('csk_bad', { grants: ['reg:write'] })).toEqual([401, 'unauthorized']);
    expect(await ask(key, { grants: ['reg:write', 'passkey:write'], username: 'dana' })).toEqual([
      403,
      'forbidden',
    ]);
  });

  it('tells the orchestrator whose it is, by which key, and what that key’s check counts as', async () => {
    const { status, body } = await asked(bed, await granted());
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ kind: 'grant', userId: bed.orchestrator.userId('bank', 'dana'), username: 'Dana', keyId },
      ...{ scopes: ['reg:write'], acr: 'aal2', amr: ['ext'], category: 'possession' },
      ...{ authTime: expect.any(Number), exp: body.authTime + 60, jti: expect.any(String) },
    });
    const weak = await bed.apiKey('bank', ['reg:write']);
    const other = (await grant(weak.key, { grants: ['reg:write'], username: 'dana' })).body.token;
    expect((await asked(bed, other)).body).toMatchObject({ acr: 'aal1', category: 'knowledge' });
    const nobody = await asked(bed, await granted({ grants: ['reg:write'] }));
    expect(nobody.body).toMatchObject({ kind: 'grant', userId: '', username: '' });
  });

  it('is no access token, and nothing in another application (JWT-06)', async () => {
    const token = await granted();
    const verify = await bed.call('POST', '/fido2/v2/mgmt/token/verify', { key, body: { jwtAccess: token } });
    expect(verify.status).toBe(401);
    expect((await asked(bed, token, 'shop')).status).toBe(404);
    const { body } = await introspect(bed, key, token);
    expect(body).toMatchObject({ active: true, scope: 'reg:write', client_id: keyId, username: 'Dana' });
  });

  it('can be revoked, and ends with the key that granted it', async () => {
    const token = await granted();
    await form(bed, 'revoke', key, { token });
    expect((await asked(bed, token)).status).toBe(404);
    const own = await granted();
    const path = '/apps/bank/fido2/v2/auth/logout';
    expect((await bed.call('POST', path, { headers: { authorization: own } })).status).toBe(204);
    expect((await asked(bed, own)).status).toBe(404);
    const gone = await bed.apiKey('bank', ['reg:write']);
    const orphan = (await grant(gone.key, { grants: ['reg:write'], username: 'dana' })).body.token;
    expect((await asked(bed, orphan)).status).toBe(200);
    await bed.call('DELETE', `/v1/api-keys/${gone.keyId}`, { key: bed.platformKey });
    expect((await asked(bed, orphan)).status).toBe(404);
  });

  it('EXT-06: is nothing a page can call', async () => {
    const headers = { origin: 'https://page.example', 'access-control-request-method': 'POST' };
    const preflight = await bed.call('OPTIONS', '/apps/bank/fido2/v2/mgmt/grant', { headers });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
  });
});

describe('the life of a grant', () => {
  it('ends after a minute, by the clock', async () => {
    const clock = new FixedClock();
    const timed = await startTokenService('grants-timed', {}, { clock });
    try {
      await timed.application('bank');
      const application = (await timed.service.platform.directory.byId('bank'))!;
      const { keyId: by } = await timed.apiKey('bank', ['reg:write']);
      const key = { keyId: by, appId: 'bank', scopes: ['reg:write' as const], constraints: {}, application };
      const grants = timed.service.app.get(GrantTokenService, { strict: false });
      // not by HTTP, and for nobody: service tokens live by the same clock
      const made = await grants.grant({ application, key }, { grants: ['reg:write'] });
      if (!made.ok) throw new Error('not granted');
      const check = timed.service.app.get(TokenCheck, { strict: false });
      clock.advance(59);
      expect(await check.check('bank', made.value.token)).toBeDefined();
      clock.advance(1);
      expect(await check.check('bank', made.value.token)).toBeUndefined();
    } finally {
      await timed.close();
    }
  });
});
