import { basic, bearer, call } from '../../test/call.ts';
import { guardedRoutes, SESSION, userTokenFor } from '../../test/guarded-routes.ts';
import type { TwoServices } from '../../test/two-services.ts';

let two: TwoServices;
let url: string;
beforeAll(async () => {
  two = await guardedRoutes('user_tokens');
  two.known.application('strict', { origins: ['https://page.example'] });
  url = two.service.url;
});
afterAll(() => two.close());

const READ = userTokenFor('demo', ['passkey:read']);
const FOREIGN = userTokenFor('other', ['passkey:read']);
const list = (headers: Record<string, string>, path = '/apps/demo/fido2/v2/passkeys') =>
  call(url, path, { headers });

describe('user tokens', () => {
  it.each([
    ['raw', { authorization: READ }],
    ['as Bearer', bearer(READ)],
  ])('contracts 1.2: %s', async (_, headers) => {
    expect((await list(headers)).body).toEqual({ userId: 'u1', appId: 'demo', address: '127.0.0.1' });
  });

  it.each([
    ['nothing', {}],
    ['an API key', bearer('csk_demo')],
    ['an API key as Basic', basic('csk_demo:')],
    ['an MFA session', { authorization: SESSION }],
    ['the token as Basic', basic(READ)],
    ['the token in a cookie', { cookie: `token=${READ}` }],
    ['another application’s token (JWT-06)', bearer(FOREIGN)],
    ['an empty header', { authorization: '' }],
  ])('ST-05: 401 with %s', async (_, headers) => {
    const { status, body: problem } = await list(headers);
    expect([status, problem]).toEqual([
      401,
      { msg: 'A valid credential is needed', msgCode: 'unauthorized' },
    ]);
  });

  it('interface: a token in the query is none', async () => {
    expect((await list({}, `/apps/demo/fido2/v2/passkeys?access_token=${READ}`)).status).toBe(401);
  });

  it('contracts 1.2: 403 without the scope, before parameters', async () => {
    const path = '/apps/demo/fido2/v2/passkeys/not-a-number';
    const remove = (headers: Record<string, string>) => call(url, path, { method: 'DELETE', headers });
    expect((await remove(bearer(READ))).status).toBe(403);
    expect((await remove({})).status).toBe(401);
    expect((await remove(bearer(userTokenFor('demo', ['passkey:write'])))).status).toBe(400);
  });

  it('interface: the credential is looked at before the application', async () => {
    const nowhere = ['/apps/nobody/fido2/v2/passkeys', '/fido2/v2/passkeys'];
    for (const path of nowhere) {
      expect((await list(bearer(READ), path)).status).toBe(404);
      expect((await list(bearer('wrong'), path)).status).toBe(401);
      expect((await list(bearer(userTokenFor('nobody', ['passkey:read'])), path)).status).toBe(401);
      expect((await list({}, path)).status).toBe(401);
    }
    const ambiguous = { ...bearer(READ), host: 'other.localhost' };
    expect((await list(ambiguous)).status).toBe(400);
    expect((await list({ host: 'other.localhost' })).status).toBe(401);
  });

  it('optional: runs with no token, with the user’s, and 401 with one that does not hold', async () => {
    const begin = (headers: Record<string, string>, path = '/apps/demo/fido2/v2/reg/init') =>
      call(url, path, { method: 'POST', headers });
    const token = userTokenFor('demo', ['reg:write']);
    expect((await begin({})).body).toMatchObject({ userId: null, appId: 'demo' });
    expect((await begin({ authorization: '' })).body).toMatchObject({ userId: null });
    expect((await begin(bearer(token))).body).toMatchObject({ userId: 'u1', appId: 'demo' });
    expect((await begin(bearer(FOREIGN))).status).toBe(401);
    expect((await begin(bearer('wrong'))).status).toBe(401);
    expect((await begin(basic('csk_demo:'))).status).toBe(401);
    expect((await begin(bearer(READ))).status).toBe(403);
    expect((await begin({}, '/apps/nobody/fido2/v2/reg/init')).status).toBe(404);
  });

  it('pages of the application’s origins may call, as they may with sessions', async () => {
    const preflight = (origin: string, method: string) =>
      call(url, '/apps/strict/fido2/v2/passkeys/1', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': method },
      });
    const allowed = await preflight('https://page.example', 'DELETE');
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([
      204,
      'https://page.example',
    ]);
    expect((await preflight('https://evil.example', 'DELETE')).status).toBe(403);
    const refused = await list({ origin: 'https://page.example' }, '/apps/strict/fido2/v2/passkeys');
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([
      401,
      'https://page.example',
    ]);
  });
});

describe('form-encoded bodies', () => {
  const post = (path: string, text: string) =>
    call(url, path, {
      ...{ method: 'POST', body: text },
      headers: { ...bearer('csk_demo'), 'content-type': 'application/x-www-form-urlencoded' },
    });

  it('RFC 7662 §2.1: are read where a route takes them, and 415 elsewhere', async () => {
    expect((await post('/v1/forms', 'token=a%2Bb+c')).body).toEqual({ token: 'a+b c' });
    expect((await post('/v1/things', 'name=x')).status).toBe(415);
    const json = await call(url, '/v1/forms', {
      ...{ method: 'POST', headers: bearer('csk_demo'), body: { token: 'x' } },
    });
    expect(json.body).toEqual({ token: 'x' });
  });

  it('security 36: a parameter sent twice is refused, __proto__ has no effect; 401 before the body', async () => {
    expect((await post('/v1/forms', 'token=a&token=b')).status).toBe(400);
    expect((await post('/v1/forms', 'token=a&__proto__=b')).status).toBe(400);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call(url, '/v1/forms', { method: 'POST', headers, body: 'token=a' })).status).toBe(401);
  });
});
