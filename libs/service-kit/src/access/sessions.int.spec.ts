import { systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import { testKeys } from '@countersign/testing';
import { basic, bearer, call } from '../../test/call.ts';
import { guardedRoutes, SESSION } from '../../test/guarded-routes.ts';
import type { TwoServices } from '../../test/two-services.ts';

let two: TwoServices;
let url: string;
beforeAll(async () => {
  two = await guardedRoutes('sessions');
  url = two.service.url;
});
afterAll(() => two.close());

describe('MFA sessions', () => {
  const step = (headers: Record<string, string>, path = '/apps/demo/fido2/v2/mfa/step') =>
    call(url, path, { method: 'POST', headers });

  it.each([
    ['raw', { authorization: SESSION }],
    ['as Bearer', bearer(SESSION)],
  ])('contracts 1.2: %s', async (_, headers) => {
    expect((await step(headers)).body).toEqual({ flowId: 'f1', appId: 'demo', address: '127.0.0.1' });
  });

  it.each([
    ['nothing', {}],
    ['an API key', bearer('csk_demo')],
    ['an API key as Basic', basic('csk_demo:')],
    ['the session as Basic', basic(SESSION)],
    ['the session in a cookie', { cookie: `session=${SESSION}` }],
  ])('ST-05: 401 without session with %s', async (_, headers) => {
    const { status, body: problem } = await step(headers);
    expect([status, problem]).toEqual([
      401,
      { msg: 'A valid credential is needed', msgCode: 'unauthorized' },
    ]);
  });

  it('interface: no other application, and a bad one is 401 before the application', async () => {
    expect((await step(bearer(SESSION), '/apps/other/fido2/v2/mfa/step')).status).toBe(401);
    expect((await step(bearer(SESSION), '/apps/nobody/fido2/v2/mfa/step')).status).toBe(404);
    expect((await step(bearer(SESSION), '/fido2/v2/mfa/step')).status).toBe(404);
    expect((await step(bearer('wrong'), '/apps/nobody/fido2/v2/mfa/step')).status).toBe(401);
  });
});

describe('service tokens', () => {
  const identity = (name: 'mfa-orchestrator' | 'token-service') =>
    new ServiceIdentity({
      name,
      privateJwk: testKeys().serviceKeys[name],
      servicesJwks: testKeys().servicesJwks,
      clock: systemClock,
    });
  const get = async (headers: Record<string, string>) =>
    (await call(url, '/internal/things', { headers })).status;

  it('design: the listed caller with a token for this service', async () => {
    const token = await identity('mfa-orchestrator').issue('sso-data');
    const { body: found } = await call(url, '/internal/things', { headers: bearer(token) });
    expect(found).toEqual({ service: 'mfa-orchestrator' });
  });

  it('design: 403 for another service, 401 for another audience, an API key, a session, nothing', async () => {
    expect(await get(bearer(await identity('token-service').issue('sso-data')))).toBe(403);
    expect(await get(bearer(await identity('mfa-orchestrator').issue('token-service')))).toBe(401);
    expect(await get(bearer('csk_demo'))).toBe(401);
    expect(await get(bearer(SESSION))).toBe(401);
    expect(await get({})).toBe(401);
  });
});
