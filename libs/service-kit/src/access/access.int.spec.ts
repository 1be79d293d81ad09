import { ServiceIdentity } from '@countersign/security';
import { systemClock } from '@countersign/kernel';
import { testKeys, waitFor } from '@countersign/testing';
import { Controller, Get, Post } from '@nestjs/common';
import { z } from 'zod';
import { basic, bearer, call } from '../../test/call.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import { Access, body, Caller, CallerContext, param } from '../index.ts';

const seen = (caller: CallerContext) => ({ appId: caller.application.appId, address: caller.clientAddress });

@Controller()
class SpecController {
  @Get('v1/things/:id')
  @Access.apiKey('sso:read')
  read(@Caller() caller: CallerContext, @param('id', z.string().regex(/^\d+$/)) id: string) {
    return { id, ...seen(caller) };
  }

  @Post('v1/things')
  @Access.apiKey('sso:write')
  write(@Caller() caller: CallerContext, @body(z.strictObject({ name: z.string() })) input: object) {
    return { input, ...seen(caller) };
  }

  @Post('v1/platform-things')
  @Access.apiKey('app:write', { platformOnly: true })
  platform(@Caller() caller: CallerContext) {
    return seen(caller);
  }

  @Post('fido2/v2/mfa/step')
  @Access.session()
  step(@Caller() caller: CallerContext<{ flowId: string }>) {
    return { flowId: caller.session.flowId, ...seen(caller) };
  }

  @Get('v1/decisions/jwks.json')
  @Access.open({ application: true })
  keys(@Caller() caller: CallerContext) {
    return { credential: caller.credential, ...seen(caller) };
  }

  @Get('internal/things')
  @Access.service('mfa-orchestrator')
  internal(@Caller() caller: CallerContext) {
    return { service: caller.service };
  }
}

const SESSION = 'session-of-demo-0123456789';

describe('who may call', () => {
  let two: TwoServices;
  let url: string;

  beforeAll(async () => {
    two = await twoServices('access', {
      module: () => moduleOf(SpecController),
      sessions: () => (token, application) =>
        Promise.resolve(
          token === SESSION && (!application || application.appId === 'demo') ? { flowId: 'f1' } : undefined,
        ),
    });
    url = two.service.url;
    const { known } = two;
    known.application('demo', { hostAliases: ['pay.bank.example'] });
    known.application('other');
    known.key('csk_demo', 'demo', ['sso:read', 'sso:write', 'app:write']);
    known.key('csk_reader', 'demo', ['sso:read']);
    known.key('csk_other', 'other', ['sso:read', 'sso:write']);
    known.key('csk_platform', 'platform', ['app:write', 'sso:read']);
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
      expect(
        (await call(url, '/apps/demo/v1/things/1', { headers: { host: 'other.localhost' } })).status,
      ).toBe(401);
    });

    it('interface: 404 before the body where the application is another one', async () => {
      expect((await post(bearer('csk_other'), '{"name":', '/apps/demo/v1/things')).status).toBe(404);
    });
  });

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
      expect((await get(path, { 'x-forwarded-for': '1.1.1.1, 203.0.113.9' })).body.address).toBe(
        '203.0.113.9',
      );
      expect((await get(path, { 'x-forwarded-for': '<script>' })).body.address).toBe('127.0.0.1');
      expect((await get(path, { 'x-real-ip': '203.0.113.9' })).body.address).toBe('127.0.0.1');
    });
  });

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
});
