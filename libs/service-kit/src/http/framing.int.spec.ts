import { connect, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase, waitFor } from '@countersign/testing';
import { Controller, Delete, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { startAlone } from '../../test/one-service.ts';
import { moduleOf } from '../../test/two-services.ts';
import { Access, body, KEEP_ALIVE_MS, type RunningService } from '../index.ts';

const handled: string[] = [];
let streaming = 0;

@Controller('v1')
class SpecController {
  @Get('things')
  @Access.open()
  read(@Req() request: FastifyRequest) {
    handled.push(request.url);
    return { ok: true };
  }

  @Post('things')
  @Access.open()
  write(@body(z.strictObject({})) _input: object) {
    handled.push('written');
    return { ok: true };
  }

  @Delete('things')
  @Access.open()
  remove() {
    handled.push('removed');
    return { ok: true };
  }

  @Get('stream')
  @Access.open()
  async stream(@Res() reply: FastifyReply) {
    streaming++;
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    reply.raw.once('close', leave);
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.flushHeaders();
    reply.raw.write('retry: 1000\n\n');
    await gone;
    reply.raw.write(': to nobody\n\n');
    reply.raw.end();
    streaming--;
  }
}

let database: TestDatabase;
let service: RunningService;
beforeAll(async () => {
  database = await createTestDatabase('framing');
  service = await startAlone(database.url, () => moduleOf(SpecController));
});
afterAll(async () => {
  await service.close();
  await database.drop();
});
beforeEach(() => void handled.splice(0));

/** Sends `sent` and reads until the service closes the connection or `enough` has come. */
const exchange = (sent: string, enough = /^$/): Promise<string> =>
  new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(service.port, '127.0.0.1', () => socket.write(sent));
    socket.on('data', (chunk) => {
      got += chunk.toString();
      if (enough.test(got)) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve(got));
  });
const answers = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const SECOND = 'DELETE /v1/things HTTP/1.1\r\nhost: x\r\n\r\n';
const LAST = 'GET /v1/things?last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
const request = (method: string, fields: string[], sent: string): string =>
  [`${method} /v1/things HTTP/1.1`, 'host: x', ...fields, '', sent].join('\r\n');
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

describe('RFC 9112 §6: the frame of a request, at a service reached around the gateway', () => {
  it.each([
    ['both a length and chunks', ['content-length: 4', 'transfer-encoding: chunked']],
    ['two lengths', ['content-length: 4', 'content-length: 5']],
    ['a coding that is not chunked', ['transfer-encoding: xchunked']],
  ])('%s: 400 and the end of the connection', async (_, fields) => {
    const got = await exchange(request('POST', fields, chunked(SECOND)));
    expect([answers(got), handled]).toEqual([[400], []]);
  });

  it.each(['host: x', 'Host: other.localhost', 'HOST:'])('§3.2: a second Host (%s): 400', async (second) => {
    const got = await exchange(request('GET', [second, 'connection: close'], ''));
    expect([answers(got), handled]).toEqual([[400], []]);
    expect(got).toMatch(/request\/invalid/);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST'])(
    'what stands in the body of a %s is no request',
    async (method) => {
      const length = ['content-type: text/plain', `content-length: ${SECOND.length}`];
      const got = await exchange(request(method, length, SECOND) + LAST);
      expect(answers(got)).toHaveLength(2);
      expect(handled.filter((one) => one !== '/v1/things')).toEqual(['/v1/things?last']);
      handled.splice(0);
      const chunks = ['content-type: text/plain', 'transfer-encoding: chunked'];
      expect(answers(await exchange(request(method, chunks, chunked(SECOND)) + LAST))).toHaveLength(2);
      expect(handled.filter((one) => one !== '/v1/things')).toEqual(['/v1/things?last']);
    },
  );
});

describe('slow and absent clients', () => {
  const half = request('POST', ['content-type: application/json', 'content-length: 50'], '{');

  it('API-09: a body that does not come is 408 after 10 s; others are served meanwhile', async () => {
    const begun = performance.now();
    const late = Promise.all([
      exchange(half),
      exchange(request('POST', ['content-type: application/json', 'transfer-encoding: chunked'], '1\r\n')),
    ]);
    expect(answers(await exchange(LAST))).toEqual([200]);
    for (const answer of await late) expect(answer).toMatch(/^HTTP\/1.1 408 [^]*request\/timeout/);
    expect(performance.now() - begun).toBeLessThan(14_000);
  }, 20_000);

  it('API-09: connections end that pass nothing for a minute; kept ones are left to whoever keeps them', () => {
    const { timeout, keepAliveTimeout, requestTimeout, headersTimeout } = service.app.getHttpServer();
    expect({ timeout, keepAliveTimeout, requestTimeout, headersTimeout }).toEqual({
      ...{ timeout: 60_000, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 10_000, headersTimeout: 5_000 },
    });
  });

  it('clients that leave in the middle of a body leave no connection behind', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => {
        const socket = connect(service.port, '127.0.0.1');
        return new Promise<Socket>((resolve) => socket.write(half, () => resolve(socket)));
      }),
    );
    for (const socket of sockets) socket.resetAndDestroy();
    const left = () =>
      new Promise<number>((resolve) =>
        service.app.getHttpServer().getConnections((_: unknown, n: number) => resolve(n)),
      );
    await waitFor(async () => (await left()) === 0, { timeoutMs: 3000 });
    expect(handled).toEqual([]);
  });
});

describe('RFC 9110 §9.3.2: HEAD', () => {
  it('of an event stream is answered and over, and its connection goes on', async () => {
    const head = 'HEAD /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n';
    const got = await exchange(head + LAST);
    expect(answers(got)).toEqual([200, 200]);
    expect(got).toMatch(/content-type: text\/event-stream/i);
    expect(got).not.toContain('retry');
    await waitFor(() => streaming === 0, { timeoutMs: 2000 });
  });

  it('of an ordinary route has the length of the answer to GET', async () => {
    const got = await exchange('HEAD /v1/things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(got).toMatch(/^HTTP\/1.1 200 [^]*content-length: 11\r\n[^]*\r\n\r\n$/i);
  });
});
