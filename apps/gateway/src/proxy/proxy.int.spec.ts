import { createHash } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { freePort, waitFor } from '@countersign/testing';
import { call, startGateway, type TestGateway } from '../../test/gateway.ts';
import { createService } from '../create-service.ts';

const NAMES = {
  'mfa-orchestrator': 'orchestrator',
  'token-service': 'tokens',
  'sso-data': 'sso',
  'oidc-broker': 'oidc',
} as const;

describe('what the gateway hands on', () => {
  let it_: TestGateway;
  let url: string;
  beforeEach(async () => {
    it_ = await startGateway();
    url = it_.gateway.url;
  });
  afterEach(() => it_.close());

  it('blueprint: every path goes to its service, with and without /apps/{app}', async () => {
    const table: [string, keyof typeof NAMES][] = [
      ['/fido2/v2/mfa/begin', 'mfa-orchestrator'],
      ['/fido2/v2/passkeys', 'mfa-orchestrator'],
      ['/fido2/v2/mgmt/grant/external-auth', 'token-service'],
      ['/fido2/v2/.well-known/jwks.json', 'token-service'],
      ['/fido2/v2/version', 'token-service'],
      ['/v1/challenges', 'mfa-orchestrator'],
      ['/v1/challenges/stream', 'mfa-orchestrator'],
      ['/v1/audit-actions', 'mfa-orchestrator'],
      ['/v1/patrol-rules/dry-run', 'mfa-orchestrator'],
      ['/v1/policies', 'mfa-orchestrator'],
      ['/v1/decisions/jwks.json', 'mfa-orchestrator'],
      ['/v1/flows/current', 'mfa-orchestrator'],
      ['/v1/users/dana', 'mfa-orchestrator'],
      ['/v1/applications', 'token-service'],
      ['/v1/api-keys/k1/rotate', 'token-service'],
      ['/v1/external-tokens', 'token-service'],
      ['/v1/sso-identifiers/dana', 'sso-data'],
      ['/v1/mfa-registrations/dana/q2', 'sso-data'],
      ['/v1/vendors', 'sso-data'],
      ['/v1/sso/acme/launch', 'sso-data'],
      ['/v1/third-party-data', 'sso-data'],
      ['/v1/cache/invalidate', 'sso-data'],
      ['/v1/mfa-methods/email/test', 'mfa-orchestrator'],
      ['/oidc/demo/authorize', 'oidc-broker'],
      ['/oidc/demo/.well-known/openid-configuration', 'oidc-broker'],
      ['/oidc/authorize/demo', 'oidc-broker'],
      ['/oidc/demo/interaction/1', 'oidc-broker'],
      ['/.well-known/oauth-authorization-server/oidc/demo', 'oidc-broker'],
      ['/admin/applications', 'oidc-broker'],
      ['/v1/clients/c1/rotate-secret', 'oidc-broker'],
      ['/v1/scopes/payments', 'oidc-broker'],
      ['/v1/directory/users', 'oidc-broker'],
      ['/v1/oidc-keys/rotate', 'oidc-broker'],
      ['/v1/oidc-theme', 'oidc-broker'],
      ['/v1/image-passcode-settings', 'oidc-broker'],
      ['/v1/ops/oidc-broker/dead-letters', 'oidc-broker'],
      ['/v1/ops/mfa-orchestrator/dead-letters', 'mfa-orchestrator'],
      ['/v1/ops/token-service/dead-letters/1/replay', 'token-service'],
      ['/v1/ops/sso-data/dead-letters', 'sso-data'],
    ];
    for (const [path, service] of table)
      for (const prefix of ['', '/apps/demo']) {
        const { status, text } = await call(url, prefix + path, { method: 'POST' });
        expect([path, status, JSON.parse(text).service]).toEqual([path, 200, service]);
        expect(it_[NAMES[service]].requests.at(-1)?.url).toBe(prefix + path);
      }
  });

  it.each([
    ...[
      '/internal/flows/1',
      '/internal',
      '/apps/demo/internal/flows/1',
      '/%69nternal/flows/1',
      '/INTERNAL/flows/1',
    ],
    ...[
      '//internal/flows/1',
      '/v1/../internal/flows/1',
      '/v1/challengesx',
      '/v1/%2e%2e/internal/x',
      '/v1/ops/nobody/x',
    ],
    ...[
      '/v1/ops',
      '/metrics',
      '/openapi.json',
      '/openapi/nobody.json',
      '/V1/challenges',
      '/apps/demo/apps/demo/v1/challenges',
    ],
    ...[
      '/docs/../internal/x',
      '/docs/package.json',
      '/docs/%2e%2e/package.json',
      '/./internal/x',
      '/v1',
      '/%61pps/demo/internal/x',
    ],
  ])('OP-19: %s leads nowhere', async (path) => {
    const { status, headers, text } = await call(url, path);
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
    expect(JSON.parse(text).code).toBe('request/not-found');
    for (const name of Object.values(NAMES)) expect(it_[name].requests).toEqual([]);
  });

  it.each([
    '/v1/challenges/../../internal/x',
    '/v1/challenges/%2e%2e/%2e%2e/internal/x',
    '/v1/challenges//internal/x',
    '/v1/challenges/..%2finternal',
  ])('OP-19: %s is handed on as it is written, never resolved', async (path) => {
    await call(url, path);
    expect(it_.orchestrator.requests.map((request) => request.url)).toEqual([path]);
  });

  it('interface: Host, path, query and credentials go on untouched', async () => {
    const path = '/apps/Demo/v1/users/d%C3%A4na%2Fx?status=a%20b&status=c';
    await call(url, path, {
      headers: { host: 'demo.localhost:4000', authorization: 'Basic eDo=', 'idempotency-key': 'k' },
    });
    const [request] = it_.orchestrator.requests;
    expect(request?.url).toBe(path);
    expect(request?.headers).toMatchObject({
      host: 'demo.localhost:4000',
      authorization: 'Basic eDo=',
      'idempotency-key': 'k',
    });
  });

  it('pages of the OpenID Provider pass untouched: forms, several cookies, redirects, their own policy', async () => {
    let received = '';
    it_.oidc.answer = (request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.toString()));
      request.on('end', () => {
        response.writeHead(303, {
          'set-cookie': ['a=1; Path=/oidc/demo; HttpOnly; SameSite=Lax', 'b=2; Path=/; HttpOnly'],
          location: 'https://bank.example/callback?code=x&state=%2Fy&iss=http%3A%2F%2Flocalhost',
          'content-security-policy': "default-src 'none'; style-src 'self'",
          'content-type': 'text/html; charset=utf-8',
        });
        response.end('<p>there</p>');
      });
    };
    const body = 'username=dana&password=a%2Bb+c&username=twice';
    const { status, headers, text } = await call(url, '/oidc/demo/interaction/u1?x=%2F', {
      method: 'POST',
      headers: {
        ...{ host: 'demo.localhost:4000', origin: 'http://demo.localhost:4000', cookie: 'a=0; b=0' },
        ...{ 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      },
      body,
    });
    expect([status, text, received]).toEqual([303, '<p>there</p>', body]);
    expect(headers['set-cookie']).toEqual([
      'a=1; Path=/oidc/demo; HttpOnly; SameSite=Lax',
      'b=2; Path=/; HttpOnly',
    ]);
    expect(headers).toMatchObject({
      location: 'https://bank.example/callback?code=x&state=%2Fy&iss=http%3A%2F%2Flocalhost',
      'content-security-policy': "default-src 'none'; style-src 'self'",
      'content-type': 'text/html; charset=utf-8',
    });
    const [request] = it_.oidc.requests;
    expect(request?.url).toBe('/oidc/demo/interaction/u1?x=%2F');
    expect(request?.headers).toMatchObject({
      ...{ host: 'demo.localhost:4000', origin: 'http://demo.localhost:4000', cookie: 'a=0; b=0' },
      ...{ 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    });
  });

  it('RFC 6749 §5.2: which pages may read the provider’s answers is the provider’s word alone', async () => {
    const origin = 'https://bank.example';
    const preflight = (path: string) =>
      call(url, path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    it_.oidc.answer = (_request, response) => {
      response.writeHead(204, { 'access-control-allow-origin': origin, vary: 'Origin' }).end();
    };
    const { headers } = await preflight('/oidc/demo/token');
    expect([headers['access-control-allow-origin'], headers.vary]).toEqual([origin, 'Origin']);
    it_.oidc.answer = (_request, response) => void response.writeHead(405).end();
    expect((await preflight('/oidc/demo/token')).headers['access-control-allow-origin']).toBeUndefined();
    await it_.oidc.close();
    const away = await preflight('/oidc/demo/token');
    expect([away.status, away.headers['access-control-allow-origin']]).toEqual([503, undefined]);
  });

  it('OTP-05: what a client claims about its address is dropped; what the gateway saw is set', async () => {
    await call(url, '/v1/challenges', {
      headers: {
        host: 'demo.localhost',
        ...{
          'x-forwarded-for': '1.1.1.1',
          'x-forwarded-host': 'evil',
          'x-forwarded-proto': 'gopher',
          'x-forwarded-port': '1',
        },
        ...{
          forwarded: 'for=1.1.1.1',
          'x-real-ip': '1.1.1.1',
          'true-client-ip': '1.1.1.1',
          'cf-connecting-ip': '1.1.1.1',
        },
      },
    });
    const [request] = it_.orchestrator.requests;
    const claims = Object.entries(request!.headers).filter(([name]) =>
      /forward|real-ip|client-ip|connecting-ip/.test(name),
    );
    expect(Object.fromEntries(claims)).toEqual({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'demo.localhost',
      'x-forwarded-proto': 'http',
    });
  });

  it('RFC 9110 §7.6.1: headers of one connection end at the gateway, in both directions', async () => {
    it_.orchestrator.answer = (_request, response) => {
      response.writeHead(200, {
        connection: 'x-inner',
        'x-inner': '1',
        'keep-alive': 'timeout=99',
        'x-outer': '2',
        trailer: 'x',
      });
      response.end('{}');
    };
    const { headers } = await call(url, '/v1/challenges', {
      headers: {
        connection: 'x-mine, keep-alive',
        'x-mine': '1',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        upgrade: 'h2c',
        'x-kept': '2',
      },
    });
    expect([headers['x-inner'], headers.trailer, headers['x-outer']]).toEqual([undefined, undefined, '2']);
    const [request] = it_.orchestrator.requests;
    for (const name of ['x-mine', 'te', 'proxy-authorization', 'upgrade'])
      expect(request?.headers[name]).toBeUndefined();
    expect(request?.headers['x-kept']).toBe('2');
  });

  it('correlation id and trace reach the service and come back', async () => {
    const { headers } = await call(url, '/v1/challenges', {
      headers: { 'x-correlation-id': 'order-1', traceparent: 'rubbish' },
    });
    const [request] = it_.orchestrator.requests;
    expect([headers['x-correlation-id'], request?.headers['x-correlation-id']]).toEqual([
      'order-1',
      'order-1',
    ]);
    expect(request?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it('connections to services are kept', async () => {
    for (let i = 0; i < 10; i++) await call(url, '/v1/challenges', { method: 'POST', body: '{}' });
    expect(it_.orchestrator.connections).toBe(1);
  });

  describe('bodies and answers', () => {
    it('a body arrives byte for byte, with and without a length', async () => {
      it_.orchestrator.answer = (request, response) => {
        const hash = createHash('sha256');
        request
          .on('data', (chunk: Buffer) => hash.update(chunk))
          .on('end', () => response.end(hash.digest('hex')));
      };
      const body = Buffer.alloc(1_000_000, 'äöü{');
      const expected = createHash('sha256').update(body).digest('hex');
      expect((await call(url, '/v1/challenges', { method: 'POST', body })).text).toBe(expected);
      const chunked = { 'transfer-encoding': 'chunked' };
      expect((await call(url, '/v1/challenges', { method: 'PUT', headers: chunked, body })).text).toBe(
        expected,
      );
    });

    it.each([{}, { 'transfer-encoding': 'chunked' }])(
      'interface: a service that refuses before reading 5 MB is heard (%o)',
      async (headers) => {
        it_.orchestrator.answer = (_request, response) => response.writeHead(401).end('no key');
        const sent = {
          method: 'POST',
          headers: headers as Record<string, string>,
          body: Buffer.alloc(5_000_000),
        };
        const { status, text } = await call(url, '/v1/challenges', sent);
        expect([status, text]).toEqual([401, 'no key']);
      },
    );

    it.each([{}, { 'transfer-encoding': 'chunked' }])(
      'API-09: of a body over 1 MiB not a byte goes on; the service refuses by its length (%o)',
      async (headers) => {
        let bytes = 0;
        it_.orchestrator.answer = (request, response) => {
          request.on('data', (chunk: Buffer) => (bytes += chunk.length));
          if (Number(request.headers['content-length']) > 1024 * 1024) response.writeHead(413).end('mine');
        };
        const sent = {
          method: 'POST',
          headers: headers as Record<string, string>,
          body: Buffer.alloc(8_000_000),
        };
        const { status, text } = await call(url, '/v1/challenges', sent);
        expect([status, text, bytes]).toEqual([413, 'mine', 0]);
      },
    );

    it('API-09: a body over 1 MiB is 413 whatever the service says to its head', async () => {
      it_.orchestrator.answer = (_request, response) => response.writeHead(200).end('fine');
      const sent = { method: 'POST', body: Buffer.alloc(1024 * 1024 + 1) };
      expect((await call(url, '/v1/challenges', sent)).status).toBe(413);
      await it_.orchestrator.close();
      expect((await call(url, '/v1/challenges', sent)).status).toBe(413);
    });

    it('API-09: a body of 1 MiB is none too large', async () => {
      const sent = { method: 'POST', body: Buffer.alloc(1024 * 1024) };
      expect((await call(url, '/v1/challenges', sent)).status).toBe(200);
    });

    it('an answer that breaks off breaks off for the client too', async () => {
      it_.orchestrator.answer = (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setImmediate(() => response.destroy());
      };
      await expect(call(url, '/v1/challenges')).rejects.toThrow(/aborted|hang up/);
    });

    it('design: a service that is away is 503 with Retry-After, in the shape of its API', async () => {
      await it_.orchestrator.close();
      const strict = await call(url, '/v1/challenges', { method: 'POST', body: '{}' });
      expect([strict.status, strict.headers['retry-after'], JSON.parse(strict.text).code]).toEqual([
        503,
        '1',
        'fault/unavailable',
      ]);
      const lenient = await call(url, '/apps/demo/fido2/v2/mfa/begin', { method: 'POST', body: '{}' });
      expect([lenient.status, lenient.headers['retry-after'], JSON.parse(lenient.text)]).toEqual([
        503,
        '1',
        { msg: 'Not available for the moment', msgCode: 'internal_error' },
      ]);
    });

    it.each([
      ['GET', 200, 3],
      ['HEAD', 200, 3],
      ['POST', 503, 2],
      ['DELETE', 503, 2],
    ])('a %s on a kept connection that the service closes: %d', async (method, expected, asked) => {
      await call(url, '/v1/challenges');
      let first = true;
      const { answer } = it_.orchestrator;
      it_.orchestrator.answer = (request, response) => {
        if (!first) return answer(request, response);
        first = false;
        request.socket.resetAndDestroy();
      };
      const { status } = await call(url, '/v1/challenges', { method });
      // what is not safe to repeat may have had its effect
      expect([status, it_.orchestrator.requests.length]).toEqual([expected, asked]);
    });

    it('security headers stand on what services answer, whose own win', async () => {
      it_.orchestrator.answer = (_request, response) => {
        response.setHeader('referrer-policy', 'same-origin');
        response.end('{}');
      };
      const { headers } = await call(url, '/v1/challenges');
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['referrer-policy']).toBe('same-origin');
    });
  });

  describe('event streams', () => {
    const open = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(`${url}/v1/challenges/stream`, resolve).on('error', reject);
      });

    it('pass through as they come: head at once, every event at once', async () => {
      let say = (_: string): void => {};
      it_.orchestrator.answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        say = (text) => void response.write(text);
      };
      const stream = await open();
      expect(stream.headers['content-type']).toBe('text/event-stream');
      for (const event of ['id: 1\ndata: {}\n\n', 'id: 2\ndata: {}\n\n']) {
        const next = new Promise((resolve) =>
          stream.once('data', (chunk: Buffer) => resolve(chunk.toString())),
        );
        say(event);
        expect(await next).toBe(event);
      }
      stream.destroy();
    });

    it('end for the service when the client goes, and for the client when the gateway closes', async () => {
      let gone = 0;
      it_.orchestrator.answer = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        response.on('close', () => gone++);
      };
      (await open()).on('error', () => {}).destroy();
      await waitFor(() => gone === 1, { timeoutMs: 2000 });
      const stream = (await open()).on('error', () => {});
      const ended = new Promise((resolve) => stream.once('close', resolve));
      stream.resume();
      const begun = performance.now();
      await it_.gateway.close();
      await ended;
      expect(performance.now() - begun).toBeLessThan(3000);
    });
  });
});

describe('a gateway behind a proxy', () => {
  it('believes X-Forwarded-For of the proxies it was told of', async () => {
    const it_ = await startGateway(['127.0.0.1/32']);
    await call(it_.gateway.url, '/v1/challenges', { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' } });
    expect(it_.orchestrator.requests[0]?.headers['x-forwarded-for']).toBe('203.0.113.9');
    await it_.close();
  });

  it('starts without its services, and answers 503 for them', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const gateway = await createService({
      ...{
        host: '127.0.0.1',
        port: 0,
        securityProfile: 'production',
        logLevel: 'silent',
        publicUrl: 'https://mfa.example',
      },
      ...{ appHostSuffixes: [], trustedProxies: [] },
      serviceUrls: {
        'mfa-orchestrator': nobody,
        'token-service': nobody,
        'sso-data': nobody,
        'oidc-broker': nobody,
      },
    });
    const { status, headers } = await call(gateway.url, '/v1/challenges');
    expect([status, headers['strict-transport-security']]).toEqual([
      503,
      'max-age=31536000; includeSubDomains',
    ]);
    await gateway.close();
  });
});
