import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { freePort } from '@countersign/testing';
import { type LoopbackServer, serve } from '../test/loopback-server.ts';
import { nameServer, type NameServer } from '../test/name-server.ts';
import { selfSigned } from '../test/self-signed.ts';
import { FetchRefused, SafeFetch, type SafeRequest } from './index.ts';

const local = new SafeFetch({ privateHosts: ['127.0.0.0/8', 'localhost'] });
const REQUEST: SafeRequest = { method: 'POST', headers: {}, body: '{}', timeoutMs: 2000, maxBytes: 65_536 };
const post = (url: string, changed: Partial<SafeRequest> = {}, by = local) =>
  by.request(url, { ...REQUEST, ...changed });
const refusal = async (answer: Promise<unknown>) => {
  const error = await answer.then(
    (got) => new Error(`answered ${JSON.stringify(got)}`),
    (caught: unknown) => caught as Error,
  );
  expect(error).toBeInstanceOf(FetchRefused);
  return error as FetchRefused;
};
const reasonOf = async (answer: Promise<unknown>) => (await refusal(answer)).reason;

/** A TCP server that shows what arrived, and says nothing. */
async function listener(onSocket: (socket: Socket) => void = () => {}) {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', (bytes) => received.push(bytes));
    onSocket(socket);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    open: () => sockets.size,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(closed));
    },
  };
}

describe('SafeFetch: what comes back', () => {
  let partner: LoopbackServer;
  let inside: LoopbackServer;
  beforeAll(async () => {
    inside = await serve((response) => response.end('secret'));
    partner = await serve((response, url) => {
      const [path] = url.split('?');
      const status = Number(/^\/status\/(\d+)/.exec(url)?.[1] ?? 200);
      if (status >= 300 && status < 400) response.writeHead(status, { location: `${inside.url}/` }).end();
      else if (path === '/slow-headers') return;
      else if (path === '/drip') drip(response.writeHead(200));
      else if (path === '/1xx')
        setInterval(() => !response.destroyed && response.writeProcessing(), 20).unref();
      else if (path === '/5mb') response.end(Buffer.alloc(5_000_000, 'x'));
      else if (path === '/endless') endless(response);
      else if (path === '/exact') response.end('x'.repeat(65_536));
      else if (path === '/one-more') response.end('x'.repeat(65_537));
      else if (path === '/bomb')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000)));
      else if (path === '/packed') response.setHeader('content-encoding', 'br').end('{}');
      else if (path === '/html') response.setHeader('content-type', 'Text/HTML; charset=x').end('<p>é</p>');
      else if (path === '/latin1') response.end(Buffer.from([0x22, 0xe9, 0x22]));
      else if (path === '/reset') response.socket!.resetAndDestroy();
      else if (path === '/half') response.writeHead(200, { 'content-length': 100 }).write('half');
      else if (path === '/cut') cut(response.writeHead(200, { 'content-length': 100 }));
      else if (path === '/big-header') response.setHeader('x-big', 'x'.repeat(40_000)).end();
      else
        response
          .writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'a=b' })
          .end('{"ok":1}');
    });
  });
  afterAll(() => Promise.all([partner.close(), inside.close()]));
  const drip = (response: { write(text: string): void; destroyed: boolean }) =>
    void setInterval(() => !response.destroyed && response.write('x'), 20).unref();
  const endless = (response: { write(text: string): boolean; on(e: 'drain', f: () => void): void }) => {
    const more = () => {
      while (response.write('x'.repeat(16_384)));
    };
    response.on('drain', more);
    more();
  };
  const cut = (response: { write(text: string, done: () => void): void; destroy(): void }) =>
    response.write('half', () => response.destroy());

  it('status, content type and text; the body and headers as given, plus none of our own state', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'k' };
    const answer = await post(`${partner.url}/a?b=c`, { headers, body: '{"x":"é"}' });
    expect(answer).toEqual({ status: 200, contentType: 'application/json', text: '{"ok":1}' });
    await post(`${partner.url}/again`, { method: 'GET', body: undefined });
    const [first, second] = partner.requests.slice(-2);
    expect(first).toMatchObject({ method: 'POST', url: '/a?b=c', body: '{"x":"é"}', headers });
    expect(first!.headers).toMatchObject({ 'accept-encoding': 'identity', connection: 'close' });
    expect(second).toMatchObject({ method: 'GET', body: '' });
    expect(second!.headers).not.toHaveProperty('cookie');
  });

  it.each([201, 204, 400, 404, 500, 503])('status %d is an answer', async (status) => {
    expect(await post(`${partner.url}/status/${status}`)).toMatchObject({ status });
  });

  it.each([300, 301, 302, 303, 304, 307, 308])(
    'RP-08: %d to an address inside is not followed',
    async (status) => {
      expect(await reasonOf(post(`${partner.url}/status/${status}`))).toBe('redirect');
      expect(inside.requests).toEqual([]);
    },
  );

  it('HTML is shown as what it is; what is no UTF-8 is no text', async () => {
    expect(await post(`${partner.url}/html`)).toEqual({
      status: 200,
      contentType: 'text/html',
      text: '<p>é</p>',
    });
    expect(await reasonOf(post(`${partner.url}/latin1`))).toBe('network');
  });

  it.each(['/slow-headers', '/drip', '/half', '/1xx'])(
    'RP-08: the limit on time is for the whole: %s',
    async (path) => {
      const started = performance.now();
      expect(await reasonOf(post(partner.url + path, { timeoutMs: 150 }))).toBe('timeout');
      expect(performance.now() - started).toBeLessThan(1000);
    },
  );

  it('RP-08: 5 MB, an endless body and one byte too many are too large, the limit itself is not', async () => {
    expect(await reasonOf(post(`${partner.url}/5mb`))).toBe('too-large');
    expect(await reasonOf(post(`${partner.url}/endless`))).toBe('too-large');
    expect(await reasonOf(post(`${partner.url}/one-more`))).toBe('too-large');
    expect((await post(`${partner.url}/exact`)).text).toHaveLength(65_536);
  });

  it('RP-08: a gzip bomb is never unpacked, nor is anything that says it is packed', async () => {
    expect(await reasonOf(post(`${partner.url}/packed`))).toBe('network');
    expect(await reasonOf(post(`${partner.url}/bomb`, { maxBytes: 100_000_000 }))).toBe('network');
  });

  it('a reset, a cut body, a huge header and a closed port are the network', async () => {
    for (const path of ['/reset', '/cut', '/big-header'])
      expect(await reasonOf(post(partner.url + path))).toBe('network');
    expect(await reasonOf(post(`http://127.0.0.1:${await freePort()}/`))).toBe('network');
  });

  it('no message holds path, query or body', async () => {
    for (const path of ['/reset', '/status/302', '/5mb', '/big-header']) {
      const { message, cause } = await refusal(
        post(`${partner.url}${path}?token=secret`, { body: 'secret' }),
      );
      expect(message).not.toMatch(/secret|token|status|reset\?|5mb/);
      expect(cause).toBeUndefined();
    }
  });

  it('proxies of the environment are not asked', async () => {
    const proxy = { HTTP_PROXY: inside.url, http_proxy: inside.url, NODE_USE_ENV_PROXY: '1' };
    Object.assign(process.env, proxy);
    try {
      expect(await post(`${partner.url}/direct`)).toMatchObject({ status: 200 });
    } finally {
      for (const name of Object.keys(proxy)) delete process.env[name];
    }
    expect(inside.requests).toEqual([]);
  });
});

describe('SafeFetch: connections', () => {
  it('what is not HTTP is refused', async () => {
    const odd = await listener((socket) => socket.end('220 mail.example ESMTP\r\n'));
    expect(await reasonOf(post(`http://127.0.0.1:${odd.port}/`))).toBe('network');
    await odd.close();
  });

  it('none is left open: not after an answer, nor after giving up', async () => {
    const silent = await listener();
    const ok = await listener((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    expect(await reasonOf(post(`http://127.0.0.1:${silent.port}/`, { timeoutMs: 100 }))).toBe('timeout');
    expect(await post(`http://127.0.0.1:${ok.port}/`)).toMatchObject({ text: '{}' });
    const deadline = performance.now() + 2000;
    while (silent.open() + ok.open() > 0 && performance.now() < deadline) await new Promise(setImmediate);
    expect([silent.open(), ok.open()]).toEqual([0, 0]);
    await Promise.all([silent.close(), ok.close()]);
  });

  it('close ends what is under way, and nothing is asked afterwards', async () => {
    const silent = await listener();
    const safe = new SafeFetch({ privateHosts: ['127.0.0.1'] });
    const waiting = reasonOf(post(`http://127.0.0.1:${silent.port}/`, {}, safe));
    while (silent.connections() === 0) await new Promise(setImmediate);
    await safe.close();
    expect(await waiting).toBe('network');
    expect(await reasonOf(post(`http://127.0.0.1:${silent.port}/`, {}, safe))).toBe('network');
    expect(silent.connections()).toBe(1);
    await silent.close();
  });

  it('a certificate that nobody vouches for is refused before anything is sent', async () => {
    let asked = 0;
    const server = createTlsServer(selfSigned, (_request, response) => {
      asked += 1;
      response.end('{}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const error = await refusal(post(url));
    expect([error.reason, error.message, asked]).toEqual([
      'network',
      'request refused (network): 127.0.0.1 DEPTH_ZERO_SELF_SIGNED_CERT',
      0,
    ]);
    await new Promise((closed) => server.close(closed));
  });
});

describe('SafeFetch: names (security 36, RP-08: what a name resolves to)', () => {
  let names: NameServer;
  let answers: (name: string, before: number) => string[] | undefined;
  beforeAll(async () => (names = await nameServer((name, before) => answers(name, before))));
  afterAll(() => names.close());
  const by = (...privateHosts: string[]) => new SafeFetch({ privateHosts, nameServers: [names.address] });

  it.each([
    ['loopback', ['127.0.0.1']],
    ['this host', ['0.0.0.0']],
    ['the cloud’s metadata', ['169.254.169.254']],
    ['a private network', ['10.0.0.1']],
    ['the internet and a private network', ['8.8.8.8', '192.168.0.1']],
    ['a private network and the internet', ['192.168.0.1', '8.8.8.8']],
  ])('a name that means %s is refused, and nothing is connected', async (_what, addresses) => {
    const inside = await listener();
    answers = () => addresses;
    expect(await reasonOf(post(`https://evil.example:${inside.port}/`, {}, by()))).toBe('address');
    expect(inside.connections()).toBe(0);
    await inside.close();
  });

  it('an address that is allowed does not lift what else the name means', async () => {
    answers = () => ['127.0.0.1', '10.0.0.1'];
    expect(await reasonOf(post('https://evil.example/', {}, by('127.0.0.0/8')))).toBe('address');
  });

  it('localhost, not listed, is refused without asking anybody; listed, it is asked as the machine does', async () => {
    const inside = await serve((response) => response.end('{}'));
    const { port } = new URL(inside.url);
    expect(await reasonOf(post(`https://localhost:${port}/`, {}, by()))).toBe('address');
    expect(await reasonOf(post(`http://localhost:${port}/`, {}, by('127.0.0.1')))).toBe('address');
    expect(inside.requests).toEqual([]);
    expect(await post(`http://localhost:${port}/`, {}, by('localhost'))).toMatchObject({ status: 200 });
    expect(names.asked).not.toContain('localhost');
    await inside.close();
  });

  it('DNS rebinding: the name is asked once, and the connection goes to the address that was checked', async () => {
    const checked = await listener((socket) => socket.once('data', () => socket.destroy()));
    answers = (_name, before) => (before === 0 ? ['127.0.0.1'] : ['127.0.0.2']);
    const url = `https://rebind.example:${checked.port}/`;
    expect(await reasonOf(post(url, {}, by('127.0.0.1')))).toBe('network');
    expect(names.asked.filter((name) => name === 'rebind.example')).toHaveLength(1);
    const hello = Buffer.concat(checked.received);
    expect([checked.connections(), hello[0], hello.includes('rebind.example')]).toEqual([1, 0x16, true]);
    // the second answer is checked as the first was
    expect(await reasonOf(post(url, {}, by('127.0.0.1')))).toBe('address');
    await checked.close();
  });

  it('a name without an address is the network, a name server that says nothing the timeout', async () => {
    answers = () => [];
    expect(await reasonOf(post('https://nowhere.example/', {}, by()))).toBe('network');
    answers = () => undefined;
    const started = performance.now();
    expect(await reasonOf(post('https://slow.example/', { timeoutMs: 150 }, by()))).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('no question leaves for a URL that is refused as it stands', async () => {
    answers = () => ['8.8.8.8'];
    const before = names.asked.length;
    for (const url of ['http://plain.example/', 'https://a:b@plain.example/', 'https://plain.example./'])
      await refusal(post(url, {}, by()));
    expect(names.asked).toHaveLength(before);
  });
});
