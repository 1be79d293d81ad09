import type { RunningService } from '@countersign/service-kit';
import { configOf } from '../../test/gateway.ts';
import { chunked, exchange, type RawUpstream, rawUpstream } from '../../test/raw.ts';
import { createService } from '../create-service.ts';

/** What must never be read as a request. */
const SECOND = 'DELETE /v1/users/victim HTTP/1.1\r\nHost: x\r\nX-Swallow: ';
const PATH = '/apps/demo/v1/users/dana';

describe('RFC 9112 §6: the frame of a request is the gateway’s own', () => {
  let service: RawUpstream;
  let gateway: RunningService;
  beforeEach(async () => {
    service = await rawUpstream();
    gateway = await createService(configOf({ 'mfa-orchestrator': service.url }));
  });
  afterEach(async () => {
    await gateway.close();
    await service.close();
  });

  const send = (method: string, fields: string[], body: string): Promise<string> =>
    exchange(gateway.port, [`${method} ${PATH} HTTP/1.1`, 'Host: x', ...fields, '', body].join('\r\n'));
  const statusOf = (answer: string): number => Number(answer.split(' ')[1]);
  /** The bytes that a service got before those of a plain request that follows. */
  const receivedBefore = async (): Promise<string> => {
    expect(statusOf(await exchange(gateway.port, 'GET /v1/challenges HTTP/1.1\r\nHost: next\r\n\r\n'))).toBe(
      200,
    );
    const all = service.received.join('');
    const next = all.lastIndexOf('GET /v1/challenges HTTP/1.1\r\n');
    expect(all.slice(next)).toMatch(/^GET \S+ HTTP\/1.1\r\n(?:[\w-]+: [^\r\n]*\r\n)+\r\n$/);
    return all.slice(0, next);
  };

  it.each(['GET', 'HEAD', 'OPTIONS'])(
    '%s with a chunked body is 400, and nothing of it goes on',
    async (method) => {
      const answer = await send(method, ['Transfer-Encoding: chunked'], chunked(SECOND));
      expect(statusOf(answer)).toBe(400);
      expect(await receivedBefore()).toBe('');
    },
  );

  it.each(['GET', 'HEAD', 'OPTIONS'])(
    '%s with a body of a length is 400, and nothing goes on',
    async (method) => {
      const answer = await send(method, [`Content-Length: ${SECOND.length}`], SECOND);
      expect(statusOf(answer)).toBe(400);
      expect(await receivedBefore()).toBe('');
    },
  );

  it.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH'])(
    '%s whose Connection names Content-Length is 400, and nothing goes on',
    async (method) => {
      const fields = ['Connection: keep-alive, Content-Length', `Content-Length: ${SECOND.length}`];
      expect(statusOf(await send(method, fields, SECOND))).toBe(400);
      expect(await receivedBefore()).toBe('');
    },
  );

  it.each(['host', 'authorization', 'Transfer-Encoding', 'x-forwarded-for', 'X-Forwarded-Whatever'])(
    'Connection never names %s',
    async (name) => {
      expect(statusOf(await send('POST', [`Connection: close , ${name}`, 'Content-Length: 2'], '{}'))).toBe(
        400,
      );
      expect(await receivedBefore()).toBe('');
    },
  );

  it.each(['GET', 'POST'])('%s with two Hosts is 400, and nothing goes on', async (method) => {
    for (const second of ['Host: other.localhost', 'host: x'])
      expect(statusOf(await send(method, [second, 'Content-Length: 0'], ''))).toBe(400);
    expect(await receivedBefore()).toBe('');
  });

  it.each([
    ['both a length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['chunks and then a length', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['a length that is a list', ['Content-Length: 4, 4']],
    ['another coding below the chunks', ['Transfer-Encoding: gzip, chunked']],
    ['chunks twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['another coding', ['Transfer-Encoding: xchunked']],
  ])('%s: 400, and nothing goes on', async (_, fields) => {
    expect(statusOf(await send('POST', fields, chunked(SECOND)))).toBe(400);
    expect(await receivedBefore()).toBe('');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    '%s: a body goes on whole, with its length and no other frame',
    async (method) => {
      const length = ['Connection: close', `Content-Length: ${SECOND.length}`];
      expect(statusOf(await send(method, length, SECOND))).toBe(200);
      expect(statusOf(await send(method, ['Transfer-Encoding: chunked'], chunked(SECOND)))).toBe(200);
      const received = await receivedBefore();
      const heads = received.split(SECOND);
      expect(heads).toHaveLength(3);
      expect(heads.pop()).toBe('');
      for (const head of heads) {
        expect(head).toMatch(/^(?:POST|PUT|PATCH|DELETE) [^\r\n]+\r\n(?:[\w-]+: [^\r\n]*\r\n)+\r\n$/);
        expect(head.match(/^content-length:.*$/gim)).toEqual([`content-length: ${SECOND.length}`]);
        expect(head).not.toMatch(/transfer-encoding/i);
      }
    },
  );

  it('no body is a length of none, and trailers end at the gateway', async () => {
    expect(statusOf(await send('DELETE', [], ''))).toBe(200);
    const trailed = '2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n';
    expect(statusOf(await send('POST', ['Trailer: X-Trailer', 'Transfer-Encoding: chunked'], trailed))).toBe(
      200,
    );
    const received = await receivedBefore();
    expect(received.match(/^content-length:.*$/gim)).toEqual(['content-length: 0', 'content-length: 2']);
    expect(received).not.toMatch(/trailer/i);
  });
});
