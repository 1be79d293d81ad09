import { connect } from 'node:net';
import { InProcessTransport } from '@countersign/messaging';
import { createTestDatabase, freePort, type TestDatabase, waitFor } from '@countersign/testing';
import { Controller, Get, type OnModuleDestroy, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { bearer, call } from '../test/call.ts';
import { configOf, moduleOf, twoServices } from '../test/two-services.ts';
import {
  Access,
  body,
  Caller,
  CallerContext,
  createService,
  Idempotent,
  pageOf,
  pageQuery,
  query,
  Returns,
  type ServiceOptions,
} from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('create_service');
});
afterAll(() => database.drop());

const start = (module: ServiceOptions['module'], more: Partial<ServiceOptions> = {}) =>
  createService({
    name: 'sso-data',
    config: configOf('sso-data', database.url),
    deps: { transport: new InProcessTransport() },
    database: { entities: [], migrations: [] },
    module,
    ...more,
  });

describe('starting a service', () => {
  it('design: a route without an access decorator keeps it from starting, and is named', async () => {
    @Controller()
    class Bare {
      @Get('v1/open-by-mistake')
      get() {
        return {};
      }
    }
    await expect(start(() => moduleOf(Bare))).rejects.toThrow(
      'no access decorator on GET /v1/open-by-mistake',
    );
  });

  it('design: two access decorators on one route are refused where they are written', () => {
    expect(() => {
      class Twice {
        @Access.open()
        @Access.apiKey('sso:read')
        get() {}
      }
      return Twice;
    }).toThrow('Twice.get has two access decorators');
  });

  it('design: a body on /v1 that drops unknown fields keeps it from starting, at any depth', async () => {
    @Controller('v1/lenient')
    class Lenient {
      @Post()
      @Access.open()
      post(@body(z.strictObject({ list: z.array(z.object({ n: z.int() })) })) _input: object) {}
    }
    await expect(start(() => moduleOf(Lenient))).rejects.toThrow(
      'unknown fields would be dropped by POST /v1/lenient (body.list)',
    );
  });

  it('a failed start leaves neither connections nor the port behind', async () => {
    const port = await freePort();
    const config = { ...configOf('sso-data', database.url), port };
    const seed = () => Promise.reject(new Error('no seed'));
    await expect(start(() => moduleOf(), { config, seed })).rejects.toThrow('no seed');
    const service = await start(() => moduleOf(), { config });
    const [row] = await service.database.query<{ n: string }>(
      "SELECT count(*) n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sso-data'",
    );
    expect(Number(row?.n)).toBeLessThanOrEqual(5);
    await service.close();
  });

  it('security: crash points and production do not go together', async () => {
    const config = configOf('sso-data', database.url, {
      securityProfile: 'production',
      crashAt: 'publish-before-mark',
    });
    await expect(start(() => moduleOf(), { config })).rejects.toThrow('crash points are refused');
  });

  it('interface: ready once the database answers and consumers are assigned; healthy all the time', async () => {
    let well = false;
    const service = await start(() => moduleOf(), { ready: () => Promise.resolve({ extra: well }) });
    const not = await call(service.url, '/readyz');
    expect([not.status, not.body.checks]).toEqual([
      503,
      { open: true, database: true, messaging: true, extra: false },
    ]);
    well = true;
    expect((await call(service.url, '/readyz')).status).toBe(200);
    expect((await call(service.url, '/healthz')).status).toBe(200);
    await service.close();
  });

  it('design: token-service out of reach is 503 with Retry-After, never an open door', async () => {
    @Controller('v1')
    class Guarded {
      @Get('things')
      @Access.apiKey('sso:read')
      get() {
        return {};
      }
      @Get('open-things')
      @Access.open({ application: true })
      open() {
        return {};
      }
    }
    const service = await start(() => moduleOf(Guarded));
    const found = await call(service.url, '/v1/things', { headers: bearer('csk_any') });
    expect([found.status, found.headers['retry-after'], found.body.code]).toEqual([
      503,
      '1',
      'fault/unavailable',
    ]);
    expect((await call(service.url, '/v1/things')).status).toBe(401);
    expect((await call(service.url, '/apps/demo/v1/open-things')).status).toBe(503);
    await service.close();
  });

  it('design: an application stays known while token-service is away, an API key does not', async () => {
    @Controller('v1')
    class Both {
      @Get('things')
      @Access.apiKey('sso:read')
      get() {
        return {};
      }
      @Get('open-things')
      @Access.open({ application: true })
      open() {
        return {};
      }
    }
    const two = await twoServices('away', { module: () => moduleOf(Both) });
    two.known.key('csk_demo', 'demo', ['sso:read']);
    const get = async (path: string) =>
      (await call(two.service.url, path, { headers: bearer('csk_demo') })).status;
    expect([await get('/v1/things'), await get('/apps/demo/v1/open-things')]).toEqual([200, 200]);
    await two.tokens.close();
    await waitFor(async () => (await get('/v1/things')) === 503, { timeoutMs: 2000 });
    expect(await get('/apps/demo/v1/open-things')).toBe(200);
    await two.close();
  });
});

describe('what a service tells about itself', () => {
  const thing = z.object({ id: z.string(), kind: z.enum(['a', 'b']) }).meta({ id: 'Thing' });
  const newThing = z.strictObject({ kind: z.enum(['a', 'b']).default('a') }).meta({ id: 'NewThing' });

  @Controller('v1/things')
  class Things {
    @Get()
    @Access.apiKey('sso:read')
    @ApiOperation({ operationId: 'listThings', summary: 'Things' })
    @Returns(200, pageOf(thing))
    list(@query(pageQuery) _page: object) {
      return { items: [] };
    }
    @Post()
    @Access.apiKey('sso:write')
    @ApiOperation({ operationId: 'createThing', summary: 'A new thing' })
    @Returns(201, thing)
    create(
      @body(newThing) input: z.output<typeof newThing>,
      @Idempotent() request: unknown,
      @Caller() caller: CallerContext,
    ) {
      return { id: JSON.stringify([request, caller.key.keyId]), kind: input.kind };
    }
  }

  it('interface: OpenAPI 3.1 with ids, summaries, schemas and security of every route', async () => {
    const service = await start(() => moduleOf(Things));
    const { body: document } = await call(service.url, '/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const { get, post } = document.paths['/v1/things'];
    expect([get.operationId, get.summary, get.security]).toEqual(['listThings', 'Things', [{ apiKey: [] }]]);
    expect(get.parameters.map((parameter: { name: string }) => parameter.name).sort()).toEqual([
      'cursor',
      'limit',
    ]);
    expect(post.requestBody.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/NewThingInput',
    });
    expect(post.responses['201'].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Thing',
    });
    expect(document.components.schemas.NewThingInput.additionalProperties).toBe(false);
    expect(Object.keys(document.components.securitySchemes).sort()).toEqual(['apiKey', 'service', 'session']);
    expect(document.paths['/v1/ops/sso-data/dead-letters']).toBeDefined();
    for (const ref of JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)/g))
      expect(Object.keys(document.components.schemas)).toContain(ref[1]);
    await service.close();
  });

  it('interface: dead letters are under the service’s own name, behind ops scopes', async () => {
    const two = await twoServices('dead', { module: () => moduleOf(Things) });
    two.known.key('csk_ops', 'demo', ['ops:read', 'ops:write']);
    const at = (path: string, method = 'GET', key = 'csk_ops') =>
      call(two.service.url, path, { method, headers: bearer(key) });
    expect((await at('/v1/ops/sso-data/dead-letters')).body).toEqual({ items: [] });
    expect((await at('/v1/ops/token-service/dead-letters')).status).toBe(404);
    expect((await at('/v1/ops/sso-data/dead-letters?cursor=5')).body.code).toBe('request/cursor-invalid');
    expect((await at('/v1/ops/sso-data/dead-letters/1/replay', 'POST')).body.code).toBe(
      'ops/dead-letter-not-found',
    );
    expect((await at('/v1/ops/sso-data/dead-letters/1', 'DELETE')).status).toBe(404);
    expect((await at('/v1/ops/sso-data/dead-letters', 'GET', 'nobody')).status).toBe(401);
    await two.close();
  });

  it('interface: an Idempotency-Key comes with application, key, route and body', async () => {
    const two = await twoServices('idem', { module: () => moduleOf(Things) });
    two.known.key('csk_w', 'demo', ['sso:write']);
    const post = async (headers: Record<string, string>, sent: object) =>
      (
        await call(two.service.url, '/v1/things', {
          method: 'POST',
          headers: { ...bearer('csk_w'), ...headers },
          body: sent,
        })
      ).body;
    const [first] = JSON.parse((await post({ 'idempotency-key': 'k1' }, {})).id);
    expect(first).toMatchObject({ appId: 'demo', keyId: 'id-csk_w', route: 'POST /v1/things', key: 'k1' });
    const [other] = JSON.parse((await post({ 'idempotency-key': 'k1' }, { kind: 'b' })).id);
    expect(other.bodyHash).not.toBe(first.bodyHash);
    expect(JSON.parse((await post({}, {})).id)[0]).toBeNull();
    expect((await post({ 'idempotency-key': 'a b' }, {})).code).toBe('idempotency/key-invalid');
    await two.close();
  });
});

describe('closing a service', () => {
  it('toolchain: no new connections, requests under way finish, then the app, then the pool', async () => {
    const order: string[] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Slow implements OnModuleDestroy {
      @Get('slow')
      @Access.open()
      async slow() {
        entered();
        await held;
        await service.database.query('SELECT 1');
        order.push('request');
        return { done: true };
      }
      onModuleDestroy() {
        order.push('app');
      }
    }
    const service = await start(() => moduleOf(Slow));
    const { messaging } = service;
    const pause = messaging.pauseConsumers.bind(messaging);
    messaging.pauseConsumers = () => (order.push('consumers'), pause());
    const under = call(service.url, '/v1/slow');
    await inside;
    const closed = service.close();
    expect(await call(service.url, '/healthz').catch((error: NodeJS.ErrnoException) => error.code)).toBe(
      'ECONNREFUSED',
    );
    release();
    expect((await under).body).toEqual({ done: true });
    await closed;
    expect(order.filter((step, at) => order.indexOf(step) === at)).toEqual(['request', 'consumers', 'app']);
    await expect(service.database.query('SELECT 1')).rejects.toThrow();
    await service.close();
  });

  it('toolchain: a kept connection is answered with connection: close and ends', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Slow {
      @Get('slow')
      @Access.open()
      slow() {
        entered();
        return held.then(() => ({}));
      }
    }
    const service = await start(() => moduleOf(Slow));
    const socket = connect(service.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    expect(text).toMatch(/connection: keep-alive/i);
    text = '';
    socket.write('GET /v1/slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await inside;
    const closed = service.close();
    release();
    await Promise.all([closed, ended]);
    expect(text).toMatch(/200 OK/);
    expect(text).toMatch(/connection: close/i);
  });

  it('toolchain: a request that never ends does not keep the service from closing within 10 s', async () => {
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    @Controller('v1')
    class Stuck {
      @Get('stuck')
      @Access.open()
      stuck() {
        entered();
        return new Promise(() => {});
      }
    }
    const service = await start(() => moduleOf(Stuck));
    const stuck = call(service.url, '/v1/stuck').catch((error: NodeJS.ErrnoException) => error.code);
    await inside;
    const begun = performance.now();
    await service.close();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(await stuck).toBe('ECONNRESET');
  }, 15_000);
});
