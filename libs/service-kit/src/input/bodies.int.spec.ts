import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { bearer, call } from '../../test/call.ts';
import { moduleOf, type TwoServices, twoServices } from '../../test/two-services.ts';
import { Access, body, JsonText, pageQuery, type PageQuery, query, Returns } from '../index.ts';

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

  @Get('v1/made')
  @Access.open()
  @Returns(200, view)
  made() {
    return new JsonText('{"id":"ä"}');
  }

  @Post('v1/nothing')
  @Access.open()
  @Returns(204)
  nothing() {
    return { dropped: true };
  }
}

let two: TwoServices;
const get = (path: string) => call(two.service.url, path);
const post = (path: string, text: string | object, type = 'application/json') =>
  call(two.service.url, path, { method: 'POST', headers: { 'content-type': type }, body: text });

beforeAll(async () => {
  two = await twoServices('bodies', { module: () => moduleOf(SpecController) });
});
afterAll(() => two.close());

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

  it.each(['/v1/things', '/fido2/v2/things'])(
    'API-07: half a surrogate pair is no text: 400 at %s',
    async (path) => {
      for (const [sent, field] of [
        ['{"name":"\\ud800"}', 'name'],
        ['{"name":"\\uDFFF"}', 'name'],
        ['{"name":"a","nested":{"list":["\\ude00\\ud83d"]}}', 'nested.list.0'],
        ['{"\\ud800":1}', undefined],
      ] as const) {
        const { status, body: problem } = await post(path, sent);
        expect([status, JSON.stringify(problem)]).toEqual([400, expect.stringContaining('a lone surrogate')]);
        if (path.startsWith('/v1')) expect([problem.code, problem.field]).toEqual(['request/invalid', field]);
      }
      expect((await post(path, '{"name":"\\ud83d\\ude00"}')).status).toBeLessThan(300);
    },
  );

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

  it('an answer that is JSON already is sent as it is', async () => {
    const made = await get('/v1/made');
    expect([made.status, made.text]).toEqual([200, '{"id":"ä"}']);
    expect(made.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});
