import { waitFor } from '@countersign/testing';
import { basic, bearer, call } from '../../test/call.ts';
import { guardedRoutes, SESSION } from '../../test/guarded-routes.ts';
import type { TwoServices } from '../../test/two-services.ts';

let two: TwoServices;
let url: string;
beforeAll(async () => {
  two = await guardedRoutes('api_keys');
  url = two.service.url;
});
afterAll(() => two.close());

describe('API keys', () => {
  it('interface: the key’s own application where none is named', async () => {
    const { status, body: found } = await call(url, '/v1/things/1', { headers: bearer('csk_demo') });
    expect([status, found.appId]).toEqual([200, 'demo']);
  });

  it.each([
    ['Bearer', bearer('csk_demo')],
    ['bearer in lower case', { authorization: 'bearer csk_demo' }],
    ['Basic with the colon', basic('csk_demo:')],
    ['Basic without the colon (contracts 1.2)', basic('csk_demo')],
  ])('contracts 1.2: %s', async (_, headers) => {
    expect((await call(url, '/v1/things/1', { headers })).status).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['an unknown key', bearer('csk_nobody')],
    ['the raw key without a scheme', { authorization: 'csk_demo' }],
    ['a cookie', { cookie: 'key=csk_demo' }],
    ['an MFA session', bearer(SESSION)],
    ['an empty Basic', { authorization: 'Basic Og==' }],
    ['the key as password', basic(':csk_demo')],
    ['another scheme', { authorization: 'Digest csk_demo' }],
  ])('EXT-06: 401 with %s', async (_, headers) => {
    const { status, headers: sent, body: problem } = await call(url, '/v1/things/1', { headers });
    expect([status, problem.code, sent['www-authenticate']]).toEqual([
      401,
      'access/unauthenticated',
      'Bearer',
    ]);
  });

  it('interface: a key in the query is no credential', async () => {
    expect((await call(url, '/v1/things/1?key=csk_demo&access_token=csk_demo')).status).toBe(401);
  });

  it('EXT-06: 403 without the scope', async () => {
    const { status, body: problem } = await call(url, '/v1/things', {
      method: 'POST',
      headers: bearer('csk_reader'),
      body: { name: 'x' },
    });
    expect([status, problem.code]).toEqual([403, 'access/forbidden']);
  });

  it.each(['/apps/other', '/apps/nobody', '/apps/%64emo', '/apps/..'])(
    'API-01: 404 with a key of another application than %s',
    async (prefix) => {
      const { status, body: problem } = await call(url, `${prefix}/v1/things/1`, {
        headers: bearer('csk_demo'),
      });
      expect([status, problem.code]).toEqual([404, 'access/application-not-found']);
    },
  );

  it('interface: application ids are compared without case', async () => {
    const { status, body: found } = await call(url, '/apps/DEMO/v1/things/1', {
      headers: bearer('csk_demo'),
    });
    expect([status, found.appId]).toEqual([200, 'demo']);
  });

  it('interface: the platform key works under /apps/platform and with none named, not under another application', async () => {
    const post = (prefix: string, key: string) =>
      call(url, `${prefix}/v1/platform-things`, { method: 'POST', headers: bearer(key) });
    expect((await post('', 'csk_platform')).status).toBe(201);
    expect((await post('/apps/platform', 'csk_platform')).status).toBe(201);
    expect((await post('/apps/demo', 'csk_platform')).status).toBe(404);
    expect((await post('', 'csk_demo')).status).toBe(403);
  });

  it('design: a revoked key is refused within a second', async () => {
    two.known.key('csk_short', 'demo', ['sso:read']);
    expect((await call(url, '/v1/things/1', { headers: bearer('csk_short') })).status).toBe(200);
    two.known.keys.delete('csk_short');
    const revoked = performance.now();
    await waitFor(
      async () => (await call(url, '/v1/things/1', { headers: bearer('csk_short') })).status === 401,
      {
        timeoutMs: 1000,
      },
    );
    expect(performance.now() - revoked).toBeLessThan(1000);
  });

  it('design: many requests at once ask token-service once', async () => {
    two.known.key('csk_busy', 'demo', ['sso:read']);
    const before = two.known.verified;
    const all = await Promise.all(
      Array.from({ length: 20 }, () => call(url, '/v1/things/1', { headers: bearer('csk_busy') })),
    );
    expect(all.every(({ status }) => status === 200)).toBe(true);
    expect(two.known.verified - before).toBeLessThanOrEqual(2);
  });
});

describe('credentials before everything', () => {
  const post = (headers: Record<string, string>, sent: string, path = '/v1/things') =>
    call(url, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: sent,
    });

  it.each([
    ['malformed JSON', '{"name":'],
    ['2 MB', JSON.stringify({ name: 'x'.repeat(2_000_000) })],
    ['an unknown field', '{"nome":"x"}'],
  ])('interface: 401 before %s', async (_, sent) => {
    expect((await post({}, sent)).status).toBe(401);
  });

  it('interface: 401 before the parameter, the media type and an unknown or ambiguous application', async () => {
    expect((await call(url, '/v1/things/not-a-number')).status).toBe(401);
    expect((await post({ 'content-type': 'text/csv' }, 'a,b')).status).toBe(401);
    expect((await call(url, '/apps/nobody/v1/things/1')).status).toBe(401);
    expect((await call(url, '/apps/demo/v1/things/1', { headers: { host: 'other.localhost' } })).status).toBe(
      401,
    );
  });

  it('interface: 404 before the body where the application is another one', async () => {
    expect((await post(bearer('csk_other'), '{"name":', '/apps/demo/v1/things')).status).toBe(404);
  });
});
