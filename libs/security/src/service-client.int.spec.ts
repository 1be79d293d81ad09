import { gzipSync } from 'node:zlib';
import { systemClock } from '@countersign/kernel';
import { freePort, testKeys } from '@countersign/testing';
import { type LoopbackServer, serve } from '../test/loopback-server.ts';
import { ServiceClient, type ServiceClientOptions, ServiceIdentity, ServiceUnavailable } from './index.ts';

const { serviceKeys, servicesJwks } = testKeys();
const identityOf = (name: 'mfa-orchestrator' | 'token-service') =>
  new ServiceIdentity({ name, privateJwk: serviceKeys[name], servicesJwks, clock: systemClock });

describe('calls between services', () => {
  let other: LoopbackServer;
  let elsewhere: LoopbackServer;
  beforeAll(async () => {
    elsewhere = await serve((response) => response.end('"elsewhere"'));
    other = await serve((response, path) => {
      const status = Number(/^\/status\/(\d+)/.exec(path)?.[1] ?? 200);
      if (path === '/redirect') response.writeHead(307, { location: `${elsewhere.url}/internal` }).end();
      else if (path === '/silent') return;
      else if (path === '/half') response.writeHead(200).write('{"half":');
      else if (path === '/text') response.end('<html>');
      else if (path === '/empty') response.writeHead(204).end();
      else if (path === '/big') response.end(JSON.stringify('x'.repeat(2000)));
      else if (path === '/bomb')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('"'.padEnd(100_000)));
      else if (path === '/hang-up') response.destroy();
      else response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
  });
  afterAll(() => Promise.all([other.close(), elsewhere.close()]));
  const clientOf = (options?: ServiceClientOptions) =>
    new ServiceClient(identityOf('mfa-orchestrator'), { 'token-service': other.url }, options);
  const get = (path: string, options?: ServiceClientOptions) =>
    clientOf(options).call('token-service', { method: 'GET', path });
  const unavailable = async (answer: Promise<unknown>, reason: string) => {
    const error = await answer.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ServiceUnavailable);
    expect(error).toMatchObject({
      service: 'token-service',
      reason,
      message: 'token-service is not available',
    });
  };

  it('on behalf of somebody: their credential, address and browser, and no token of this service', async () => {
    const somebody = { authorization: 'session', clientAddress: '203.0.113.7', userAgent: 'Browser/1' };
    const ask = (onBehalfOf: object) =>
      clientOf().call('token-service', {
        method: 'POST',
        path: '/public',
        body: {},
        onBehalfOf: onBehalfOf as typeof somebody,
      });
    await ask(somebody);
    expect(other.requests.at(-1)!.headers).toMatchObject({
      ...{ authorization: 'session', 'x-forwarded-for': '203.0.113.7', 'user-agent': 'Browser/1' },
    });
    await ask({ clientAddress: '203.0.113.7' });
    expect(other.requests.at(-1)!.headers.authorization).toBeUndefined();
  });

  it('carry a service token the other one verifies, the body as JSON, and the trace', async () => {
    const answer = await clientOf().call('token-service', {
      method: 'POST',
      path: '/internal/tokens?x=a%2Fb',
      body: { flowId: 'f1' },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      correlationId: 'c1',
    });
    expect(answer).toEqual({ status: 200, body: { ok: true } });
    const request = other.requests.at(-1)!;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/internal/tokens?x=a%2Fb',
      body: '{"flowId":"f1"}',
    });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-correlation-id': 'c1',
    });
    const token = request.headers.authorization!.replace('Bearer ', '');
    expect(await identityOf('token-service').verify(token, ['mfa-orchestrator'])).toEqual({
      caller: 'mfa-orchestrator',
    });
  });

  it('answer what is below 500, and nothing for an empty body', async () => {
    expect(await get('/status/404')).toEqual({ status: 404, body: { ok: true } });
    expect(await get('/empty')).toEqual({ status: 204, body: undefined });
  });

  it('design "Who may call": 5xx, a broken connection and a refused one are unavailable', async () => {
    await unavailable(get('/status/500'), 'status 500');
    await unavailable(get('/status/503'), 'status 503');
    await unavailable(get('/hang-up'), 'network');
    const urls = { 'token-service': `http://127.0.0.1:${await freePort()}` };
    const client = new ServiceClient(identityOf('mfa-orchestrator'), urls);
    await unavailable(client.call('token-service', { method: 'GET', path: '/x' }), 'network');
    await expect(client.call('sso-data', { method: 'GET', path: '/x' })).rejects.toBeInstanceOf(
      ServiceUnavailable,
    );
  });

  it('security 36: a redirect is not followed, and the token goes nowhere else', async () => {
    await unavailable(get('/redirect'), 'status 307');
    expect(elsewhere.requests).toEqual([]);
  });

  it('security 36: no answer, or half of one, is given up in time', async () => {
    const started = performance.now();
    await unavailable(get('/silent', { timeoutMs: 100 }), 'timeout');
    await unavailable(get('/half', { timeoutMs: 100 }), 'timeout');
    await unavailable(
      clientOf().call('token-service', { method: 'GET', path: '/silent', timeoutMs: 100 }),
      'timeout',
    );
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('RP-08 in spirit: an answer too large, packed or not, and one that is no JSON are unavailable', async () => {
    await unavailable(get('/big', { maxBytes: 1000 }), 'too large');
    expect(await get('/big', { maxBytes: 3000 })).toMatchObject({ status: 200 });
    await unavailable(get('/bomb', { maxBytes: 1000 }), 'too large');
    await unavailable(get('/text'), 'not JSON');
  });

  it.each([
    '@evil.example/',
    'internal',
    '.evil.example/',
    '',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a b',
    '/a#b',
    '\\\\evil/',
  ])(
    'security 36: the path %j is a fault: it would be another host or another resource than it says',
    async (path) => {
      await expect(get(path)).rejects.toThrow(TypeError);
    },
  );
});
