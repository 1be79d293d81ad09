import { ServiceUnavailable } from '@countersign/security';
import { createTestDatabase, type TestDatabase, waitFor } from '@countersign/testing';
import { Controller, Get } from '@nestjs/common';
import { bearer, call } from '../../test/call.ts';
import { startAlone } from '../../test/one-service.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import { Access, Caller, CallerContext, type RunningService } from '../index.ts';

/** Callers of requests whose answers are still wanted. */
const callers: CallerContext[] = [];

@Controller('v1')
class SpecController {
  @Get('long')
  @Access.apiKey('sso:read')
  long(@Caller() caller: CallerContext) {
    callers.push(caller);
    return {};
  }

  @Get('open')
  @Access.open()
  open(@Caller() caller: CallerContext) {
    callers.push(caller);
    return {};
  }
}

describe('a key whose answer lasts', () => {
  let two: TwoServices;
  beforeAll(async () => {
    two = await twoServices('still_valid', { module: () => moduleOf(SpecController) });
    two.known.application('demo');
  });
  afterAll(() => two.close());
  const callerWith = async (key: string, path = '/v1/long'): Promise<CallerContext> => {
    expect((await call(two.service.url, path, { headers: bearer(key) })).status).toBe(200);
    return callers.pop()!;
  };

  it('EXT-06: is asked about again: a revoked one is no longer valid within a second', async () => {
    const caller = await callerWith(two.known.key('csk_long', 'demo', ['sso:read']));
    expect(await caller.stillValid()).toBe(true);
    two.known.keys.delete('csk_long');
    await waitFor(async () => !(await caller.stillValid()), { timeoutMs: 1000 });
  });

  it('EXT-06: nor is one that lost the scope of the route, or is another application’s now', async () => {
    for (const [key, appId, scope] of [
      ['csk_scope', 'demo', 'sso:write'],
      ['csk_moved', 'other', 'sso:read'],
    ] as const) {
      const caller = await callerWith(two.known.key(key, 'demo', ['sso:read']));
      two.known.key(key, appId, [scope]);
      await waitFor(async () => !(await caller.stillValid()), { timeoutMs: 1000 });
    }
  });

  it('a route without a key has nothing to ask about', async () => {
    const caller = await callerWith('csk_long', '/v1/open');
    expect(() => caller.stillValid()).toThrow('no API key');
  });
});

describe('a key that cannot be asked about', () => {
  let database: TestDatabase;
  let service: RunningService;
  let away = false;
  beforeAll(async () => {
    database = await createTestDatabase('still_valid_away');
    const application = { appId: 'demo', name: 'Demo', settings: {} as never };
    const key = { keyId: 'k', appId: 'demo', scopes: ['sso:read' as const], constraints: {}, application };
    service = await startAlone(database.url, () => moduleOf(SpecController), {
      keys: () => () =>
        away ? Promise.reject(new ServiceUnavailable('token-service', 'network')) : Promise.resolve(key),
    });
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  it('is neither valid nor not: the fault is told', async () => {
    await call(service.url, '/v1/long', { headers: bearer('csk_any') });
    const caller = callers.pop()!;
    expect(await caller.stillValid()).toBe(true);
    away = true;
    await expect(caller.stillValid()).rejects.toThrow(ServiceUnavailable);
  });
});
