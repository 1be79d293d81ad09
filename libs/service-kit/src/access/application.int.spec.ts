import { bearer, call } from '../../test/call.ts';
import { guardedRoutes } from '../../test/guarded-routes.ts';
import type { TwoServices } from '../../test/two-services.ts';

let two: TwoServices;
let url: string;
beforeAll(async () => {
  two = await guardedRoutes('application');
  url = two.service.url;
});
afterAll(() => two.close());

describe('finding the application', () => {
  const get = (path: string, headers: Record<string, string> = {}) => call(url, path, { headers });

  it.each([
    ['/apps/demo/v1/decisions/jwks.json', '127.0.0.1'],
    ['/v1/decisions/jwks.json', 'demo.localhost:4000'],
    ['/v1/decisions/jwks.json', 'DEMO.LOCALHOST'],
    ['/v1/decisions/jwks.json', 'demo.localhost.:4000'],
    ['/v1/decisions/jwks.json', 'pay.bank.example'],
    ['/apps/demo/v1/decisions/jwks.json', 'demo.localhost:4000'],
    ['/apps/demo/v1/decisions/jwks.json', 'unknown.example'],
  ])('interface: %s with Host %s is demo', async (path, host) => {
    const { status, body: found } = await get(path, { host });
    expect([status, found?.appId]).toEqual([200, 'demo']);
  });

  it.each([
    '127.0.0.1:4000',
    '[::1]:4000',
    'localhost:4000',
    'localhost',
    '10.0.0.1',
    'unknown.example',
    'demo.localhost.evil.example',
    'nobody.localhost',
  ])('interface: Host %s carries no application', async (host) => {
    const { status, body: problem } = await get('/v1/decisions/jwks.json', { host });
    expect([status, problem.code]).toEqual([404, 'access/application-not-found']);
  });

  it('interface: 400 where path and Host name different ones, aliases too', async () => {
    for (const host of ['other.localhost', 'pay.bank.example']) {
      const { status, body: problem } = await get('/apps/other1/v1/decisions/jwks.json', { host });
      expect([status, problem.code]).toEqual([400, 'request/application-ambiguous']);
    }
  });

  it('ST-14: no forged header changes the application', async () => {
    const forged = {
      'x-forwarded-host': 'other.localhost',
      forwarded: 'host=other.localhost',
      'x-original-url': '/apps/other/v1/decisions/jwks.json',
      'x-rewrite-url': '/apps/other/v1/decisions/jwks.json',
      'x-app-id': 'other',
      'x-tenant': 'other',
    };
    const { body: found } = await get('/v1/decisions/jwks.json', { host: 'demo.localhost', ...forged });
    expect(found.appId).toBe('demo');
  });

  it('OTP-05: X-Forwarded-For is believed from trusted proxies, and only as an address', async () => {
    const path = '/apps/demo/v1/decisions/jwks.json';
    expect((await get(path, { 'x-forwarded-for': '203.0.113.9' })).body.address).toBe('203.0.113.9');
    // the last hop that is not trusted counts, not what a client wrote before it
    expect((await get(path, { 'x-forwarded-for': '1.1.1.1, 203.0.113.9' })).body.address).toBe('203.0.113.9');
    expect((await get(path, { 'x-forwarded-for': '<script>' })).body.address).toBe('127.0.0.1');
    expect((await get(path, { 'x-real-ip': '203.0.113.9' })).body.address).toBe('127.0.0.1');
  });
});

describe('spellings of a path', () => {
  it.each(['/v1/%74hings/1', '/v1/things/%31', '/%761/things/1', '/apps/demo/v1/%74hings/1'])(
    'OP-19: %s is guarded by its route',
    async (path) => {
      expect((await call(url, path)).status).toBe(401);
      expect((await call(url, path, { headers: bearer('csk_demo') })).status).toBe(200);
    },
  );

  it.each([
    ...[
      '//v1/things/1',
      '/v1//things/1',
      '/V1/things/1',
      '/v1/things/1/',
      '/v1/things;x/1',
      '/v1/x/../things/1',
    ],
    ...['/v1%2fthings/1', '/%61pps/demo/v1/things/1', '/apps//demo/v1/things/1', '/apps/demo//v1/things/1'],
    ...['/apps/demo/apps/demo/v1/things/1', '/v1/things/1%00', '/v1/things/%', '/./v1/things/1'],
  ])('OP-19: %s is no way in', async (path) => {
    const { status, headers } = await call(url, path, { headers: { authorization: '' } });
    expect([400, 401, 404]).toContain(status);
    expect(headers['content-type']).toMatch(/problem\+json/);
  });
});
