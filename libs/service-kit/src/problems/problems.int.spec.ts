import { refuse } from '@countersign/kernel';
import { DatabaseUnavailable, QueryFailed, StaleVersion } from '@countersign/persistence';
import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { call } from '../../test/call.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import { Access, answer, param, ProblemException, Reply, Returns } from '../index.ts';

const view = z.object({ id: z.string(), at: z.string().optional() });

@Controller()
class SpecController {
  @Get('v1/refused')
  @Access.open()
  refused() {
    return answer(
      refuse('mfa/challenge-ended', { detail: 'it was denied', field: 'id', extra: { id: 'c1' } }),
    );
  }

  @Get('fido2/v2/refused')
  @Access.open()
  refusedLenient() {
    return answer(refuse('mfa/challenge-ended', { extra: { id: 'c1' } }));
  }

  @Get(['v1/fault', 'fido2/v2/fault'])
  @Access.open()
  fault() {
    throw new Error('the secret plan is hunter2');
  }

  @Get(['v1/down', 'fido2/v2/down'])
  @Access.open()
  down() {
    throw new DatabaseUnavailable();
  }

  @Get('v1/stale')
  @Access.open()
  stale() {
    throw new StaleVersion();
  }

  @Get('v1/unstorable/:code')
  @Access.open()
  unstorable(@param('code', z.string()) code: string) {
    throw new QueryFailed('refused', code);
  }

  @Get('v1/unlisted')
  @Access.open()
  unlisted() {
    return answer(refuse('nobody/knows'));
  }

  @Get('v1/limited')
  @Access.open()
  limited() {
    throw new ProblemException('access/too-many-requests', { headers: { 'retry-after': '30' } });
  }

  @Get('v1/misfit')
  @Access.open()
  @Returns(200, view)
  misfit() {
    return { id: 5 };
  }

  @Get('fido2/v2/next')
  @Access.open()
  @Returns(200, view)
  @Returns(401, z.object({ session: z.string() }))
  next() {
    return new Reply(401, { session: 's'.repeat(16), more: 1 });
  }
}

describe('answers that are no success', () => {
  let two: TwoServices;
  const get = (path: string) => call(two.service.url, path);

  beforeAll(async () => {
    two = await twoServices('problems', { module: () => moduleOf(SpecController) });
  });
  afterAll(() => two.close());

  it('RFC 9457 §3: a refusal on /v1 has type, title, status, code and what it tells beside', async () => {
    const { status, headers, body: problem } = await get('/v1/refused');
    expect(status).toBe(409);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(problem).toEqual({
      type: '/docs/errors#mfa/challenge-ended',
      title: 'The challenge has ended',
      status: 409,
      code: 'mfa/challenge-ended',
      detail: 'it was denied',
      field: 'id',
      id: 'c1',
    });
  });

  it('contracts 1.3: a refusal on /fido2/v2 has msg and msgCode and nothing else; 409 is 400 there', async () => {
    const { status, headers, body: problem } = await get('/fido2/v2/refused');
    expect([status, headers['content-type']]).toEqual([400, 'application/json; charset=utf-8']);
    expect(problem).toEqual({ msg: 'The challenge has ended', msgCode: 'bad_request' });
  });

  it('contracts 1.6: a 401 that continues a flow has the schema of its own status', async () => {
    const { status, headers, body: next } = await get('/fido2/v2/next');
    expect([status, next]).toEqual([401, { session: 's'.repeat(16) }]);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  it('a character that no column holds is the request’s fault, any other refusal of the database is ours', async () => {
    expect((await get('/v1/unstorable/22021')).body.code).toBe('request/invalid');
    expect((await get('/v1/unstorable/22P05')).status).toBe(400);
    expect((await get('/v1/unstorable/23505')).status).toBe(500);
  });

  it('design: a fault is a bland 500 without its message', async () => {
    const fault = await get('/v1/fault');
    expect([fault.status, fault.body.code]).toEqual([500, 'fault/internal']);
    expect(fault.text).not.toContain('hunter2');
    expect((await get('/fido2/v2/fault')).body).toEqual({
      msg: 'Something went wrong',
      msgCode: 'internal_error',
    });
    expect((await get('/v1/unlisted')).status).toBe(500);
    expect((await get('/v1/misfit')).status).toBe(500);
  });

  it('design: what is away is 503 with Retry-After, in both shapes', async () => {
    const down = await get('/v1/down');
    expect([down.status, down.headers['retry-after'], down.body.code]).toEqual([
      503,
      '1',
      'fault/unavailable',
    ]);
    const lenient = await get('/fido2/v2/down');
    expect([lenient.status, lenient.headers['retry-after'], lenient.body.msgCode]).toEqual([
      503,
      '1',
      'internal_error',
    ]);
  });

  it('design: a stale version is 409, too many requests 429 with its headers', async () => {
    expect((await get('/v1/stale')).body.code).toBe('request/stale');
    const limited = await get('/v1/limited');
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '30']);
  });

  it('design: unknown paths are 404 problems, in the shape of their API', async () => {
    expect((await get('/nowhere')).body.code).toBe('request/not-found');
    expect((await get('/apps/demo/fido2/v2/nowhere')).body).toEqual({
      msg: 'There is nothing here',
      msgCode: 'not_found',
    });
    expect((await call(two.service.url, '/v1/refused', { method: 'DELETE' })).status).toBe(404);
  });
});
