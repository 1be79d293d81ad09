import { refuse } from '@countersign/kernel';
import { DatabaseUnavailable, StaleVersion } from '@countersign/persistence';
import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { bearer, call } from '../../test/call.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import {
  Access,
  answer,
  body,
  pageQuery,
  type PageQuery,
  ProblemException,
  query,
  Reply,
  Returns,
} from '../index.ts';

const strict = z.strictObject({ name: z.string().max(5), nested: z.strictObject({ n: z.int() }).optional() });
const view = z.object({ id: z.string(), at: z.string().optional() });

@Controller()
class SpecController {
  @Post('v1/things')
  @Access.open()
  @Returns(201, view)
  make(@body(strict) input: z.output<typeof strict>) {
    return { id: input.name, secret: 'not in the schema' };
  }

  @Post('fido2/v2/things')
  @Access.open()
  @HttpCode(200)
  makeLenient(@body(z.object({ name: z.string().optional() }).optional()) input: object | undefined) {
    return { input: input ?? 'none' };
  }

  @Get('v1/things')
  @Access.open()
  list(@query(pageQuery) page: PageQuery) {
    return page;
  }

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

  @Post('v1/nothing')
  @Access.open()
  @Returns(204)
  nothing() {
    return { dropped: true };
  }
}

describe('answers that are no success', () => {
  let two: TwoServices;
  const get = (path: string) => call(two.service.url, path);
  const post = (path: string, text: string | object, type = 'application/json') =>
    call(two.service.url, path, { method: 'POST', headers: { 'content-type': type }, body: text });

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

  describe('bodies', () => {
    it('ST-04: an unknown field is 400 on /v1 and names it, at any depth', async () => {
      expect((await post('/v1/things', { name: 'a', mfaRequired: false })).body).toMatchObject({
        code: 'request/invalid',
        field: 'mfaRequired',
      });
      expect((await post('/v1/things', { name: 'a', nested: { n: 1, x: 2 } })).body.field).toBe('nested.x');
    });

    it('design: an unknown field is dropped on /fido2/v2', async () => {
      expect((await post('/fido2/v2/things', { name: 'a', mfaRequired: false })).body).toEqual({
        input: { name: 'a' },
      });
    });

    it('design: an input error names the field and never the value', async () => {
      const { status, body: problem, text } = await post('/v1/things', { name: 'hunter2-and-more' });
      expect([status, problem.field]).toEqual([400, 'name']);
      expect(text).not.toContain('hunter2');
      expect((await post('/v1/things', {})).body.field).toBe('name');
      expect((await call(two.service.url, '/v1/things', { method: 'POST' })).status).toBe(400);
    });

    it('interface: a list takes limit (50, at most 200) and cursor, nothing else', async () => {
      expect((await get('/v1/things')).body).toEqual({ limit: 50 });
      expect((await get('/v1/things?limit=201')).body.field).toBe('limit');
      expect((await get('/v1/things?page=2')).body.field).toBe('page');
      expect((await get('/v1/things?limit=2&limit=3')).status).toBe(400);
    });

    it.each([
      ['malformed JSON', '{"name":', 400, 'request/malformed-json'],
      ['security 36: __proto__', '{"name":"a","__proto__":{"x":1}}', 400, 'request/malformed-json'],
      [
        'security 36: constructor.prototype',
        '{"name":"a","constructor":{"prototype":{"x":1}}}',
        400,
        'request/malformed-json',
      ],
      ['API-09: 2 MB', JSON.stringify({ name: 'x'.repeat(2_000_000) }), 413, 'request/too-large'],
      ['API-09: deep nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 400, 'request/invalid'],
    ])('%s', async (_, text, status, code) => {
      const found = await post('/v1/things', text);
      expect([found.status, found.body.code]).toEqual([status, code]);
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'multipart/form-data; boundary=x',
    ])('design: %s is 415', async (type) => {
      expect((await post('/v1/things', 'name=a', type)).body.code).toBe('request/media-type');
    });

    it('contracts 1.1: 415 and 413 on /fido2/v2 have msg and msgCode', async () => {
      expect((await post('/fido2/v2/things', 'a', 'text/plain')).body.msgCode).toBe('bad_request');
      expect(
        (await post('/fido2/v2/things', JSON.stringify({ name: 'x'.repeat(2_000_000) }))).body.msgCode,
      ).toBe('bad_request');
    });

    it('an announced but empty body is no body', async () => {
      expect((await post('/fido2/v2/things', '')).body).toEqual({ input: 'none' });
    });

    it('what the schema of an answer does not name stays inside; 204 has no body', async () => {
      const made = await post('/v1/things', { name: 'a' });
      expect([made.status, made.body]).toEqual([201, { id: 'a' }]);
      const nothing = await call(two.service.url, '/v1/nothing', { method: 'POST', headers: bearer('x') });
      expect([nothing.status, nothing.text]).toEqual([204, '']);
    });
  });
});
