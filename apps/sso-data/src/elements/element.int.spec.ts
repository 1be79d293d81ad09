import { SsoData } from '../../test/sso-data.ts';
import { ElementDefinitions } from './element-definitions.ts';
import { ELEMENTS_MAX } from './element.schemas.ts';

const sso = new SsoData();
let key: string;
let otherKey: string;
const ELEMENTS = '/v1/third-party-data-elements';
const of = (name: string) => `${ELEMENTS}/${encodeURIComponent(name)}`;
const put = (name: string, description: unknown = 'd', by = key) =>
  sso.request('PUT', of(name), by, { description });
const keyOf = (appId: string) => `Bearer ${sso.neighbours.key(appId, 'sso:read', 'sso:write')}`;
const rows = (sql: string, params: unknown[] = []) => sso.service.database.query(sql, params);

beforeAll(async () => {
  await sso.open();
  key = keyOf('demo');
  otherKey = keyOf('other');
});
afterAll(() => sso.close());

describe('/v1/third-party-data-elements', () => {
  it('seed Q2: an element is a name and a description; S4: delivered where it starts with Session.', async () => {
    const made = await put('Session.UserSSOIdentifier', 'a unique identifier for the user');
    expect(made).toMatchObject({
      status: 200,
      body: {
        name: 'Session.UserSSOIdentifier',
        description: 'a unique identifier for the user',
        delivered: true,
      },
    });
    expect((await sso.request('GET', of('Session.UserSSOIdentifier'), key)).body).toEqual(made.body);
    for (const stored of ['session.x', 'Sessions', 'xSession.y', 'Session'])
      expect((await put(stored)).body.delivered).toBe(false);
  });

  it('PUT replaces the description; the same again leaves it untouched', async () => {
    const first = (await put('again', 'one')).body;
    expect((await put('again', 'one')).body).toEqual(first);
    const second = (await put('again', 'two ✓ 二')).body;
    expect(second).toMatchObject({ name: 'again', description: 'two ✓ 二' });
    expect(second.updatedAt > first.updatedAt).toBe(true);
  });

  it('names are compared exactly; unknown ones are 404', async () => {
    await put('Exact');
    for (const name of ['exact', 'EXACT', 'Exact.'])
      expect(await sso.request('GET', of(name), key)).toMatchObject({
        status: 404,
        body: { code: 'sso/element-not-found' },
      });
    expect((await sso.request('DELETE', of('exact'), key)).status).toBe(404);
    expect((await sso.request('DELETE', of('Exact'), key)).status).toBe(204);
    expect((await sso.request('DELETE', of('Exact'), key)).status).toBe(404);
  });

  it.each(['__proto__', '1a', '.a', 'a b', 'a/b', 'ä', 'a\n', 'a\u0000', `a${'x'.repeat(128)}`, 'a:b'])(
    '400 for the name %p',
    async (name) => {
      for (const method of ['PUT', 'GET', 'DELETE']) {
        const body = method === 'PUT' ? { description: 'd' } : undefined;
        expect((await sso.request(method, of(name), key, body)).status).toBe(400);
      }
    },
  );

  it.each(['a', 'constructor', 'toString', `a${'x'.repeat(127)}`, 'A.b_c-d.9'])(
    'an element may be named %p',
    async (name) => {
      expect((await put(name)).status).toBe(200);
      expect((await sso.request('GET', of(name), key)).body.name).toBe(name);
    },
  );

  it('API-07: a description is 1 to 300 characters of plain text, and nothing stands beside it', async () => {
    for (const description of ['', 'x'.repeat(301), 'a\u0000', 'a\nb', '\ud800', 1, null, ['d']])
      expect((await put('text', description)).status).toBe(400);
    expect((await put('text', 'x'.repeat(300))).status).toBe(200);
    for (const body of [{}, [], 'd', { description: 'd', delivered: true }, undefined])
      expect((await sso.request('PUT', of('text'), key, body)).status).toBe(400);
  });

  it('lists by name in pages; API-04: a cursor of another list or application is 400', async () => {
    const lister = keyOf('lister');
    for (const name of ['b', 'A', 'c', 'Session.a']) await put(name, 'd', lister);
    const first = await sso.request('GET', `${ELEMENTS}?limit=3`, lister);
    expect(first.body.items.map((item: { name: string }) => item.name)).toEqual(['A', 'Session.a', 'b']);
    const cursor = encodeURIComponent(first.body.next);
    expect((await sso.request('GET', `${ELEMENTS}?limit=3&cursor=${cursor}`, lister)).body).toMatchObject({
      items: [{ name: 'c', delivered: false }],
    });
    for (const [path, by] of [
      [`${ELEMENTS}?cursor=${cursor}`, key],
      [`/v1/vendors?cursor=${cursor}`, lister],
      [`${ELEMENTS}?cursor=x`, lister],
    ] as const)
      expect(await sso.request('GET', path, by)).toMatchObject({
        status: 400,
        body: { code: 'request/cursor-invalid' },
      });
    for (const query of ['limit=0', 'limit=201', 'name=a'])
      expect((await sso.request('GET', `${ELEMENTS}?${query}`, lister)).status).toBe(400);
  });

  it('API-09: an application has at most 500, however many come at once', async () => {
    const hoarder = keyOf('hoarder');
    await rows(
      `INSERT INTO third_party_data_elements (app_id, name, description)
       SELECT 'hoarder', 'e' || n, 'd' FROM generate_series(1, $1::int) n`,
      [ELEMENTS_MAX - 3],
    );
    const many = Array.from({ length: 8 }, (_, n) => put(`late${n}`, 'd', hoarder));
    const statuses = (await Promise.all(many)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 409, 409, 409, 409, 409]);
    expect((await put('more', 'd', hoarder)).body.code).toBe('sso/element-limit');
    expect((await put('e1', 'other', hoarder)).status).toBe(200);
    expect((await put('more')).status).toBe(200);
  });

  it('an element that has values is not deleted', async () => {
    await put('used');
    await rows(
      `INSERT INTO vendors (app_id, vendor, name, handler_url) VALUES ('demo', 'v', 'V', 'https://v')`,
    );
    await rows(
      `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ('demo', 'u', 'u', now())`,
    );
    await rows(`INSERT INTO third_party_data VALUES ('demo', 'u', 'v', 'used', 'sealed')`);
    const refused = { status: 409, body: { code: 'sso/element-in-use' } };
    expect(await sso.request('DELETE', of('used'), key)).toMatchObject(refused);
    await rows('DELETE FROM third_party_data');
    expect((await sso.request('DELETE', of('used'), key)).status).toBe(204);
  });

  it('read-your-writes: this instance knows a change at once', async () => {
    const definitions = sso.service.app.get(ElementDefinitions, { strict: false });
    expect((await definitions.of('demo')).get('fresh')).toBeUndefined();
    await put('fresh', 'one');
    expect((await definitions.of('demo')).get('fresh')).toEqual({
      name: 'fresh',
      description: 'one',
      delivered: false,
    });
    await put('fresh', 'two');
    expect((await definitions.of('demo')).get('fresh')?.description).toBe('two');
    await sso.request('DELETE', of('fresh'), key);
    expect((await definitions.of('demo')).has('fresh')).toBe(false);
  });

  it('API-01: another application sees none of it', async () => {
    await put('shared', 'demo’s');
    expect((await sso.request('GET', of('shared'), otherKey)).status).toBe(404);
    expect((await sso.request('DELETE', of('shared'), otherKey)).status).toBe(404);
    expect((await sso.request('GET', ELEMENTS, otherKey)).body).toEqual({ items: [] });
    expect((await put('shared', 'other’s', otherKey)).status).toBe(200);
    expect((await sso.request('GET', of('shared'), key)).body.description).toBe('demo’s');
  });

  it('EXT-06: 401 without a key, 403 without the scope', async () => {
    const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
    const writer = `Bearer ${sso.neighbours.key('demo', 'sso:write')}`;
    for (const [method, path] of [
      ['GET', ELEMENTS],
      ['GET', of('a')],
      ['PUT', of('a')],
      ['DELETE', of('a')],
    ] as const) {
      const body = method === 'PUT' ? { description: 'd' } : undefined;
      expect((await sso.request(method, path, undefined, body)).status).toBe(401);
      expect((await sso.request(method, path, 'Bearer csk_nobody', body)).status).toBe(401);
      expect((await sso.request(method, path, method === 'GET' ? writer : reader, body)).status).toBe(403);
    }
  });
});
