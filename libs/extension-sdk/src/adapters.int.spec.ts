import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { systemClock } from '@countersign/kernel';
import { Controller, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import Fastify from 'fastify';
import { AUDIENCE, ISSUER, platform } from '../test/platform.ts';
import { defineSsoExtension, toFastifyPlugin, toNestHandler, toNodeHandler } from './index.ts';
import { readStream } from './node-request.ts';

const bank = await platform();
const refused: string[] = [];
const extension = defineSsoExtension({
  issuer: ISSUER,
  jwks: bank.jwks,
  audience: AUDIENCE,
  onRefused: ({ reason }) => refused.push(reason),
  handler: ({ vendorConfigs, linkOut }) =>
    linkOut(`https://partner.example/?a=${vendorConfigs.get('Session.a')}`),
});
const nest = toNestHandler(extension);

@Controller()
class SsoController {
  @Post('sso')
  handle(@Req() request: never, @Res() response: never) {
    return nest(request, response);
  }
}

@Module({ controllers: [SsoController] })
class PartnerModule {}

interface Running {
  url: string;
  close(): Promise<unknown>;
}

async function listening(server: Server): Promise<Running> {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function onExpress(...before: express.RequestHandler[]) {
  const app = express();
  for (const parser of before) app.use(parser);
  app.post('/echo', express.json(), (request, response) => void response.json(request.body));
  app.all('/sso', toNodeHandler(extension));
  return listening(createServer(app));
}

async function onFastify() {
  const app = Fastify();
  await app.register(toFastifyPlugin(extension, { url: '/sso' }));
  app.post('/echo', (request) => request.body);
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
}

async function onNest(platform: 'express' | 'fastify', rawBody: boolean, middleware = false) {
  const options = { rawBody, logger: false as const };
  const app =
    platform === 'express'
      ? await NestFactory.create(PartnerModule, new ExpressAdapter(), options)
      : await NestFactory.create<NestFastifyApplication>(PartnerModule, new FastifyAdapter(), options);
  if (middleware) app.use('/sso', nest);
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), close: () => app.close() };
}

/** Signed now: the machine's clock is the one that adapters run with. */
const request = (changed: object = {}) =>
  bank.requestOf({ iat: Math.floor(systemClock.now().getTime() / 1000), ...changed });
const post = async (server: Running, init: RequestInit) => {
  const response = await fetch(`${server.url}/sso`, init);
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type')?.split(';')[0], text };
};
beforeEach(() => void refused.splice(0));

describe.each<[string, () => Promise<Running>]>([
  ['Node', () => listening(createServer(toNodeHandler(extension)))],
  ['Express', () => onExpress()],
  ['Express, bytes kept by express.raw', () => onExpress(express.raw({ type: '*/*', limit: '1mb' }))],
  [
    'Express, bytes kept beside what was parsed',
    () =>
      onExpress(
        express.json({ limit: '1mb', verify: (r, _s, bytes) => Object.assign(r, { rawBody: bytes }) }),
      ),
  ],
  ['Fastify', onFastify],
  ['Nest on Express', () => onNest('express', true)],
  ['Nest on Fastify', () => onNest('fastify', true)],
  ['Nest on Express, as middleware', () => onNest('express', true, true)],
  ['Nest on Fastify, as middleware', () => onNest('fastify', false, true)],
])('%s', (name, start) => {
  let server: Running;
  beforeAll(async () => (server = await start()));
  afterAll(() => server.close());

  it('a signed request reaches the handler, byte for byte', async () => {
    const answer = await post(server, await request({ vendor_configs: { 'Session.a': 'é \u2028"' } }));
    expect([answer.status, answer.type]).toEqual([200, 'application/json']);
    expect(JSON.parse(answer.text)).toMatchObject({
      success: true,
      response: 'https://partner.example/?a=é \u2028"',
    });
  });

  it('JSON in another spelling is the same JSON and another body: the bytes count', async () => {
    const init = await request();
    const spaced = JSON.stringify(JSON.parse(init.body), null, 2);
    expect((await post(server, { ...init, body: spaced })).status).toBe(401);
    const signed = { ...init.headers, 'countersign-signature': await bank.sign(spaced) };
    expect((await post(server, { ...init, body: spaced, headers: signed })).status).toBe(200);
  });

  it('a replay, an altered body and no signature are 401', async () => {
    const init = await request();
    expect((await post(server, init)).status).toBe(200);
    const replayed = await post(server, init);
    expect([replayed.status, replayed.type]).toEqual([401, 'application/problem+json']);
    expect((await post(server, { ...(await request()), body: init.body })).status).toBe(401);
    const headers = { 'content-type': 'application/json' };
    expect((await post(server, { method: 'POST', headers, body: '{}' })).status).toBe(401);
    expect(refused).toEqual(['replay', 'signature', 'unsigned']);
  });

  it('5 MB are 413', async () => {
    const { status } = await post(server, {
      ...(await request()),
      body: JSON.stringify('x'.repeat(5_000_000)),
    });
    expect(status).toBe(413);
  });

  it('GET is not allowed', async () => {
    // in a controller it is Nest that says so
    const byNest = name.startsWith('Nest') && !name.endsWith('middleware');
    expect((await post(server, { method: 'GET' })).status).toBe(byNest ? 404 : 405);
  });
});

describe('a body that a parser took (it cannot be verified any more)', () => {
  it.each<[string, () => Promise<Running>]>([
    ['Express after express.json()', () => onExpress(express.json())],
    ['Nest on Express without rawBody', () => onNest('express', false)],
    ['Nest on Fastify without rawBody', () => onNest('fastify', false)],
  ])('%s: the answer says what is wrong', async (_how, start) => {
    const server = await start();
    const { status, text } = await post(server, await request());
    expect([status, (JSON.parse(text) as { title: string }).title]).toEqual([
      500,
      'The body was parsed before the SSO handler could see it: give it the raw body',
    ]);
    expect(refused).toEqual(['parsed-body']);
    await server.close();
  });

  it.each<[string, () => Promise<Running>]>([
    ['Express', () => onExpress()],
    ['Fastify', onFastify],
  ])('the rest of an application on %s parses as before', async (_how, start) => {
    const server = await start();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/echo`, { method: 'POST', headers, body: '{"a":1}' });
    expect(await response.json()).toEqual({ a: 1 });
    await server.close();
  });
});

describe('a caller that hangs up', () => {
  it('is not waited for', async () => {
    const body = new PassThrough();
    body.write('{"half":');
    const read = readStream(body);
    body.destroy();
    await expect(read).rejects.toThrow('the connection ended before the body');
  });

  it('half-way through the body reaches no handler, and the next one is answered', async () => {
    const server = await listening(createServer(toNodeHandler(extension)));
    const half = httpRequest(`${server.url}/sso`, { method: 'POST', headers: { 'content-length': '1000' } });
    half.on('error', () => undefined);
    await new Promise<void>((sent) => half.write('{"half":', () => sent()));
    half.destroy();
    expect((await post(server, await request())).status).toBe(200);
    await server.close();
  });
});
