import { get, type IncomingMessage } from 'node:http';
import { createService as create, type RunningService } from '@countersign/service-kit';
import { waitFor } from '@countersign/testing';
import { call, configOf, startGateway, type TestGateway } from '../../test/gateway.ts';
import { holdOpen } from '../../test/raw.ts';
import { type Upstream, upstream } from '../../test/upstream.ts';
import { GatewayModule } from '../gateway.module.ts';
import { Forwarder } from './forward.ts';
import { addProxyRoutes } from './proxy.routes.ts';

/** More than the gateway has connections to a service. */
const MANY = 520;
const HALF =
  'POST /v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{';
const stream = (response: Parameters<Upstream['answer']>[1]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
};
const follow = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(`${url}/v1/challenges/stream`, { agent: false }, resolve).on('error', reject);
  }).then((answer) => (answer as IncomingMessage).on('error', () => {}));

describe('clients that are slow', () => {
  let it_: TestGateway;
  let url: string;
  beforeEach(async () => {
    it_ = await startGateway();
    url = it_.gateway.url;
  });
  afterEach(() => it_.close());

  it('API-09: bodies that do not come take no connection to a service and keep nobody waiting', async () => {
    const held = await Promise.all(Array.from({ length: MANY }, () => holdOpen(it_.gateway.port, HALF)));
    const { status } = await call(url, '/v1/challenges', { method: 'POST', body: '{}' });
    expect([status, it_.orchestrator.requests.length, it_.orchestrator.connections]).toEqual([200, 1, 1]);
    for (const socket of held) socket.destroy();
  }, 20_000);

  it('API-09: streams keep no request waiting, however many they are', async () => {
    const { answer } = it_.orchestrator;
    it_.orchestrator.answer = (request, response) =>
      request.url === '/v1/challenges/stream' ? stream(response) : answer(request, response);
    const streams = await Promise.all(Array.from({ length: MANY }, () => follow(url)));
    expect(streams.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect((await call(url, '/v1/challenges')).status).toBe(200);
    for (const one of streams) one.destroy();
  }, 20_000);

  it('a client that leaves in the middle of its body leaves nothing behind, and no service hears of it', async () => {
    // together more than is held for one client
    for (let i = 0; i < 40; i++) {
      const head = HALF.replace('Content-Length: 50', 'Content-Length: 1048576');
      const socket = await holdOpen(it_.gateway.port, head + 'x'.repeat(1_000_000));
      socket.destroy();
    }
    const sent = { method: 'POST', body: 'x'.repeat(1_000_000) };
    await waitFor(async () => (await call(url, '/v1/challenges', sent)).status === 200, { timeoutMs: 5000 });
    const lengths = it_.orchestrator.requests.map(({ headers }) => headers['content-length']);
    expect(new Set(lengths)).toEqual(new Set(['1000000']));
  }, 20_000);

  it('a client that leaves before or in the middle of its answer leaves nothing behind', async () => {
    let gone = 0;
    it_.orchestrator.answer = (request, response) => {
      response.on('close', () => gone++);
      if (request.url === '/v1/challenges?early') return;
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('x'.repeat(900_000));
    };
    for (let i = 0; i < 40; i++) {
      const before = it_.orchestrator.requests.length;
      const path = i % 2 ? '/v1/challenges?early' : '/v1/challenges?late';
      const socket = await holdOpen(it_.gateway.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await waitFor(() => it_.orchestrator.requests.length > before, { timeoutMs: 2000 });
      socket.destroy();
    }
    await waitFor(() => gone === 40, { timeoutMs: 2000 });
    it_.orchestrator.answer = (_request, response) => response.end('y'.repeat(900_000));
    expect((await call(url, '/v1/challenges')).text).toHaveLength(900_000);
  }, 20_000);

  it('HEAD of an event stream is answered and over', async () => {
    it_.orchestrator.answer = (request, response) =>
      request.url === '/v1/challenges/stream' ? stream(response) : void response.end('next');
    const { status, headers, text } = await call(url, '/v1/challenges/stream', { method: 'HEAD' });
    expect([status, headers['content-type'], text]).toEqual([200, 'text/event-stream', '']);
    expect((await call(url, '/v1/challenges')).text).toBe('next');
  });
});

describe('the number of event streams', () => {
  let service: Upstream;
  let gateway: RunningService;
  beforeEach(async () => {
    service = await upstream('mfa-orchestrator');
    service.answer = (_request, response) => stream(response);
    const { url } = service;
    const urls = { 'mfa-orchestrator': url, 'token-service': url, 'sso-data': url, 'oidc-broker': url };
    gateway = await create({
      ...{ name: 'gateway', config: configOf(urls), module: () => ({ module: GatewayModule }) },
      door: (fastify, platform) => addProxyRoutes(fastify, new Forwarder(platform.closing.signal, 3), urls),
    });
  });
  afterEach(async () => {
    await gateway.close();
    await service.close();
  });

  it('has an end (503), and one that ends makes room', async () => {
    const streams = await Promise.all([1, 2, 3].map(() => follow(gateway.url)));
    const beyond = await follow(gateway.url);
    expect([beyond.statusCode, beyond.headers['retry-after'], service.requests.length]).toEqual([
      503,
      '1',
      3,
    ]);
    streams[0]!.destroy();
    const room = async (): Promise<boolean> => {
      const next = await follow(gateway.url);
      return next.statusCode === 200;
    };
    await waitFor(room, { timeoutMs: 2000 });
  });
});
