import { createTestDatabase, freePort, type TestDatabase, waitFor } from '@countersign/testing';
import { Controller, Get, Post } from '@nestjs/common';
import { z } from 'zod';
import { bearer, call } from '../test/call.ts';
import { startAlone } from '../test/one-service.ts';
import { configOf, moduleOf, twoServices } from '../test/two-services.ts';
import { Access, body, type ServiceOptions } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('create_service');
});
afterAll(() => database.drop());

const start = (module: ServiceOptions['module'], more: Partial<ServiceOptions> = {}) =>
  startAlone(database.url, module, more);

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
