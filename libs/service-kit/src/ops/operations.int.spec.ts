import { createTestDatabase, type TestDatabase } from '@countersign/testing';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { z } from 'zod';
import { bearer, call } from '../../test/call.ts';
import { startAlone } from '../../test/one-service.ts';
import { moduleOf, twoServices } from '../../test/two-services.ts';
import {
  Access,
  body,
  Caller,
  CallerContext,
  Idempotent,
  pageOf,
  pageQuery,
  query,
  Returns,
  type ServiceOptions,
} from '../index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('operations');
});
afterAll(() => database.drop());

const start = (module: ServiceOptions['module'], more: Partial<ServiceOptions> = {}) =>
  startAlone(database.url, module, more);

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
    expect(Object.keys(document.components.securitySchemes).sort()).toEqual([
      'apiKey',
      'service',
      'session',
      'userToken',
    ]);
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
