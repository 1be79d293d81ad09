import { SsoData } from '../../test/sso-data.ts';
import { VENDORS_MAX } from './vendor.schemas.ts';

const sso = new SsoData();
let key: string;
let otherKey: string;
const of = (vendor: string) => `/v1/vendors/${encodeURIComponent(vendor)}`;
const ACME = { name: 'Acme Rewards', handlerUrl: 'https://acme.example/sso' };
const put = (vendor: string, more: object = {}, by = key) =>
  sso.request('PUT', of(vendor), by, { ...ACME, ...more });
const keyOf = (appId: string) => `Bearer ${sso.neighbours.key(appId, 'sso:read', 'sso:write')}`;
const rows = <Row>(sql: string, params: unknown[] = []) => sso.service.database.query<Row>(sql, params);

beforeAll(async () => {
  await sso.open();
  key = keyOf('demo');
  otherKey = keyOf('other');
});
afterAll(() => sso.close());

describe('/v1/vendors/{vendor}', () => {
  it('PUT creates and replaces, GET shows, DELETE removes', async () => {
    const made = await put('acme', { endUserErrorMessage: 'Acme is away. Спробуйте пізніше.' });
    expect(made).toMatchObject({ status: 200, body: { vendor: 'acme', ...ACME } });
    expect(made.body.endUserErrorMessage).toBe('Acme is away. Спробуйте пізніше.');
    expect(Object.keys(made.body)).not.toContain('installedAt');
    expect((await sso.request('GET', of('acme'), key)).body).toEqual(made.body);
    const replaced = (await put('acme', { name: 'Acme 2' })).body;
    expect(replaced).toEqual({ vendor: 'acme', ...ACME, name: 'Acme 2', updatedAt: replaced.updatedAt });
    expect((await sso.request('DELETE', of('acme'), key)).status).toBe(204);
    for (const method of ['GET', 'DELETE'])
      expect(await sso.request(method, of('acme'), key)).toMatchObject({
        status: 404,
        body: { code: 'sso/vendor-not-found' },
      });
  });

  it.each(['Acme', '-a', 'a_b', 'a.b', 'a b', 'ä', '__proto__', 'a\n', 'x'.repeat(64), 'a:b'])(
    '400 for the vendor %p',
    async (vendor) => {
      expect((await put(vendor)).status).toBe(400);
      expect((await sso.request('GET', of(vendor), key)).status).toBe(400);
      expect((await sso.request('DELETE', of(vendor), key)).status).toBe(400);
    },
  );

  it.each(['a', '0', 'a-', 'constructor', 'x'.repeat(63)])('a vendor may be %p', async (vendor) => {
    expect((await put(vendor)).status).toBe(200);
    expect((await sso.request('GET', of(vendor), key)).body.vendor).toBe(vendor);
  });

  it('API-07: texts are plain and limited, and nothing stands beside them', async () => {
    for (const bad of [
      ...[{ name: '' }, { name: 'x'.repeat(101) }, { name: 'a\u0000' }, { name: '\udc00' }, { name: 1 }],
      ...[{ endUserErrorMessage: '' }, { endUserErrorMessage: 'x'.repeat(501) }],
      ...[{ endUserErrorMessage: 'a\u001b[2J' }, { endUserErrorMessage: null }],
      ...[{ handlerUrl: '' }, { handlerUrl: 1 }, { handlerUrl: `https://a.example/${'x'.repeat(2048)}` }],
      ...[
        { uiTextPrefix: 'X' },
        { secret: 's' },
        { vendor: 'acme' },
        { installedAt: '2026-01-01T00:00:00Z' },
      ],
    ])
      expect(await put('texts', bad)).toMatchObject({ status: 400, body: { code: 'request/invalid' } });
    expect((await put('texts', { name: 'x'.repeat(100), endUserErrorMessage: '✓'.repeat(500) })).status).toBe(
      200,
    );
    for (const body of [undefined, {}, [], 'x', { name: 'n' }])
      expect((await sso.request('PUT', of('texts'), key, body)).status).toBe(400);
  });

  it.each([
    ...[
      'http://acme.example/sso',
      'ftp://acme.example',
      'javascript:alert(1)',
      'acme.example',
      '//acme.example',
    ],
    ...[
      'https://user:secret@acme.example/',
      'https://acme.example/#part',
      'https://acme.example/#',
      'https://',
    ],
    ...['https://10.0.0.1/', 'https://169.254.169.254/latest/meta-data', 'https://[::ffff:10.0.0.1]/'],
    ...['https://0x0a000001/', 'https://167772161/', 'https://[fd00::1]/', 'https://[::]/', 'https://0/'],
    ...[
      ' https://acme.example/',
      'https://acme.example/ ',
      'https://acme.exa\tmple/',
      'https:\\\\acme.example',
    ],
    ...['https://acme.example/a b', 'https://acme.example/\u0000', 'https://localhost./'],
  ])('SSRF: the handler %p is refused, and not repeated', async (handlerUrl) => {
    const refused = await put('refused', { handlerUrl });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: 'sso/handler-url-refused', field: 'handlerUrl' },
    });
    expect(JSON.stringify(refused.body)).not.toMatch(/secret|acme\.exa|meta-data/);
    expect((await sso.request('GET', of('refused'), key)).status).toBe(404);
  });

  it.each(['https://acme.example/sso?x=1&y=%20', 'http://127.0.0.1:4999/sso', 'http://localhost:4999/'])(
    'the handler %p is taken and shown as it was given',
    async (handlerUrl) => {
      expect((await put('taken', { handlerUrl })).body.handlerUrl).toBe(handlerUrl);
    },
  );

  it('lists by id in pages; API-04: a cursor of another application is 400', async () => {
    const lister = keyOf('lister');
    for (const vendor of ['c', 'a', 'b0', 'b-']) await put(vendor, {}, lister);
    const first = await sso.request('GET', '/v1/vendors?limit=3', lister);
    expect(first.body.items.map((item: { vendor: string }) => item.vendor)).toEqual(['a', 'b-', 'b0']);
    const cursor = encodeURIComponent(first.body.next);
    const second = await sso.request('GET', `/v1/vendors?limit=3&cursor=${cursor}`, lister);
    expect(second.body).toMatchObject({ items: [{ vendor: 'c', ...ACME }] });
    expect(second.body.next).toBeUndefined();
    expect(await sso.request('GET', `/v1/vendors?cursor=${cursor}`, key)).toMatchObject({
      status: 400,
      body: { code: 'request/cursor-invalid' },
    });
    expect((await sso.request('GET', '/v1/vendors?name=a', lister)).status).toBe(400);
  });

  it('API-09: an application has at most 200, however many come at once', async () => {
    const hoarder = keyOf('hoarder');
    await rows(
      `INSERT INTO vendors (app_id, vendor, name, handler_url)
       SELECT 'hoarder', 'v' || n, 'V', 'https://v.example' FROM generate_series(1, $1::int) n`,
      [VENDORS_MAX - 2],
    );
    const many = Array.from({ length: 7 }, (_, n) => put(`late${n}`, {}, hoarder));
    const statuses = (await Promise.all(many)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 409, 409, 409, 409, 409]);
    expect((await put('more', {}, hoarder)).body.code).toBe('sso/vendor-limit');
    expect((await put('v1', { name: 'again' }, hoarder)).status).toBe(200);
  });

  it('a vendor that is installed or has values is not deleted', async () => {
    await put('busy');
    const refused = { status: 409, body: { code: 'sso/vendor-in-use' } };
    await sso.request('POST', `${of('busy')}/install`, key, { thirdPartyDataElements: [] });
    expect(await sso.request('DELETE', of('busy'), key)).toMatchObject(refused);
    const { body } = await sso.request('POST', `${of('busy')}/uninstall?dryRun=true`, key, {});
    await sso.request('POST', `${of('busy')}/uninstall`, key, { confirm: body.confirm });
    await rows(
      `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ('demo', 'u', 'u', now())`,
    );
    await rows(`INSERT INTO third_party_data_elements (app_id, name, description) VALUES ('demo', 'e', 'd')`);
    await rows(`INSERT INTO third_party_data VALUES ('demo', 'u', 'busy', 'e', 'sealed')`);
    expect(await sso.request('DELETE', of('busy'), key)).toMatchObject(refused);
    await rows('DELETE FROM third_party_data');
    expect((await sso.request('DELETE', of('busy'), key)).status).toBe(204);
  });

  it('replacing a vendor leaves its plan as it is', async () => {
    await put('kept');
    await sso.request('POST', `${of('kept')}/install`, key, {
      thirdPartyDataElements: [{ name: 'Session.Kept', description: 'd' }],
      uiTextPrefix: 'Kept',
    });
    const before = (await sso.request('GET', of('kept'), key)).body;
    const after = (await put('kept', { name: 'Other' })).body;
    expect(after).toMatchObject({ name: 'Other', uiTextPrefix: 'Kept', installedAt: before.installedAt });
  });

  it('API-01: another application sees none of it', async () => {
    await put('shared');
    expect((await sso.request('GET', of('shared'), otherKey)).status).toBe(404);
    expect((await sso.request('DELETE', of('shared'), otherKey)).status).toBe(404);
    const plan = { thirdPartyDataElements: [] };
    for (const query of ['', '?dryRun=true']) {
      expect((await sso.request('POST', `${of('shared')}/install${query}`, otherKey, plan)).status).toBe(404);
      expect((await sso.request('POST', `${of('shared')}/uninstall${query}`, otherKey, {})).status).toBe(404);
    }
    expect((await sso.request('GET', '/v1/vendors', otherKey)).body).toEqual({ items: [] });
    expect((await put('shared', { name: 'other’s' }, otherKey)).status).toBe(200);
    expect((await sso.request('GET', of('shared'), key)).body.name).toBe(ACME.name);
  });

  it('EXT-06: 401 without a key, 403 without the scope', async () => {
    const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
    const writer = `Bearer ${sso.neighbours.key('demo', 'sso:write')}`;
    for (const [method, path, body] of [
      ['GET', '/v1/vendors', undefined],
      ['GET', of('acme'), undefined],
      ['PUT', of('acme'), ACME],
      ['DELETE', of('acme'), undefined],
      ['POST', `${of('acme')}/install`, { thirdPartyDataElements: [] }],
      ['POST', `${of('acme')}/install?dryRun=true`, { thirdPartyDataElements: [] }],
      ['POST', `${of('acme')}/uninstall`, {}],
      ['POST', `${of('acme')}/uninstall?dryRun=true`, {}],
    ] as const) {
      expect((await sso.request(method, path, undefined, body)).status).toBe(401);
      expect((await sso.request(method, path, 'Bearer csk_nobody', body)).status).toBe(401);
      expect((await sso.request(method, path, method === 'GET' ? writer : reader, body)).status).toBe(403);
    }
  });
});
