import { SsoData } from '../../test/sso-data.ts';
import { ThirdPartyData } from '../../test/third-party-data.ts';

const sso = new SsoData();
let data: ThirdPartyData;
let other: ThirdPartyData;

beforeAll(async () => {
  await sso.open();
  const elements = ['Session.Id', 'Session.Tier', 'Internal'];
  data = await ThirdPartyData.of(sso, 'demo', ['acme', 'bcme', 'ccme'], elements);
  other = await ThirdPartyData.of(sso, 'other', ['others'], ['Session.Others']);
});
afterAll(() => sso.close());

describe('/v1/third-party-data/{username}/{vendor}/{key}', () => {
  it('S3: a value belongs to one user and one vendor; names are compared without case', async () => {
    expect((await data.put('Dana', 'acme', 'Session.Id', 'dana at acme')).status).toBe(204);
    await data.put('dana', 'bcme', 'Session.Id', 'dana at bcme');
    await data.put('erin', 'acme', 'Session.Id', 'erin at acme');
    expect((await data.get('DANA ', 'acme')).body).toEqual({
      items: [
        {
          vendor: 'acme',
          key: 'Session.Id',
          value: 'dana at acme',
          delivered: true,
          updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    });
    expect(await data.values('dana', 'bcme')).toEqual({ 'Session.Id': 'dana at bcme' });
    expect(await data.values('erin', 'acme')).toEqual({ 'Session.Id': 'erin at acme' });
    expect(await data.values('erin', 'bcme')).toEqual({});
  });

  it('S4: names that do not start with Session. are stored and said not to be delivered', async () => {
    await data.put('fay', 'acme', 'Internal', 'kept');
    await data.put('fay', 'acme', 'Session.Tier', 'gold');
    expect((await data.get('fay', 'acme')).body.items).toMatchObject([
      { key: 'Internal', value: 'kept', delivered: false },
      { key: 'Session.Tier', value: 'gold', delivered: true },
    ]);
  });

  it('a value is replaced, also after it was read; the answer is JSON and not to be stored', async () => {
    await data.put('gil', 'acme', 'Session.Id', 'one');
    const first = await data.get('gil', 'acme');
    await data.put('gil', 'acme', 'Session.Id', 'two');
    expect(await data.values('gil', 'acme')).toEqual({ 'Session.Id': 'two' });
    const again = await data.get('gil', 'acme');
    expect(again.body.items[0].updatedAt > first.body.items[0].updatedAt).toBe(true);
    expect(again.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(again.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['an empty one', ''],
    ['4096 characters', 'x'.repeat(4096)],
    ['any characters', '"\\\n\t\u0001 ä 漢 😀 \u2028</script>'],
    ['what looks like JSON', '{"items":[]}'],
  ])('a value may be %s', async (_, value) => {
    expect((await data.put('shapes', 'acme', 'Session.Id', value)).status).toBe(204);
    expect(await data.values('shapes', 'acme')).toEqual({ 'Session.Id': value });
  });

  it.each([
    ['4097 characters', 'x'.repeat(4097)],
    ['NUL', 'a\u0000b'],
    ['half a pair', 'a\ud800'],
    ['a number', 1],
    ['null', null],
    ['a list', ['a']],
    ['nothing', undefined],
  ])('400 for a value that is or has %s, and nothing is kept', async (_, value) => {
    expect((await data.put('misshaped', 'acme', 'Session.Id', value)).status).toBe(400);
    expect(await data.values('misshaped', 'acme')).toEqual({});
  });

  it.each(['Ünicode', 'a b', '1a', '.a', 'a/b', 'a%00', '__proto__', 'x'.repeat(129), 'Session.Id\u200b'])(
    '400 for the key %p',
    async (key) => {
      expect((await data.put('dana', 'acme', key, 'v')).status).toBe(400);
      expect((await data.delete('dana', 'acme', key)).status).toBe(400);
    },
  );

  it.each(['Acme', 'ä', '-a', 'a_b', 'x'.repeat(64), 'a.b'])('400 for the vendor %p', async (vendor) => {
    expect((await data.put('dana', vendor, 'Session.Id', 'v')).status).toBe(400);
    expect((await data.get('dana', vendor)).status).toBe(400);
    expect((await data.delete('dana', vendor)).status).toBe(400);
  });

  it('an unknown member of the body is 400', async () => {
    const path = data.path('dana', 'acme', 'Session.Id');
    const refused = await sso.request('PUT', path, data.key, { value: 'v', delivered: true });
    expect(refused).toMatchObject({ status: 400, body: { field: 'delivered' } });
  });

  it('S5: no vendor, no element: 404, and the user is not even asked for', async () => {
    const before = sso.neighbours.resolved.length;
    const noVendor = await data.put('nobody', 'zcme', 'Session.Id', 'v');
    expect(noVendor).toMatchObject({ status: 404, body: { code: 'sso/vendor-not-found' } });
    const noElement = await data.put('nobody', 'acme', 'Session.None', 'v');
    expect(noElement).toMatchObject({ status: 404, body: { code: 'sso/element-not-found' } });
    // names are compared exactly
    expect((await data.put('nobody', 'acme', 'session.id', 'v')).status).toBe(404);
    expect(sso.neighbours.resolved).toHaveLength(before);
    expect((await data.get('nobody', 'zcme')).body.code).toBe('sso/vendor-not-found');
  });

  it('S5: an element that goes while the user is asked for is refused, not a fault', async () => {
    await sso.request('PUT', '/v1/third-party-data-elements/Session.Gone', data.key, { description: 'x' });
    sso.neighbours.afterResolve = async () => {
      sso.neighbours.afterResolve = undefined;
      await sso.request('DELETE', '/v1/third-party-data-elements/Session.Gone', data.key);
    };
    const refused = await data.put('racer', 'acme', 'Session.Gone', 'v');
    expect(refused).toMatchObject({ status: 404, body: { code: 'sso/element-not-found' } });
  });

  it('a value that is there holds its element and its vendor, however close both come', async () => {
    for (let n = 0; n < 10; n++) {
      const path = `/v1/third-party-data-elements/Session.Race${n}`;
      await sso.request('PUT', path, data.key, { description: 'x' });
      const [put, deleted] = await Promise.all([
        data.put(`racer${n}`, 'ccme', `Session.Race${n}`, 'v'),
        sso.request('DELETE', path, data.key),
      ]);
      expect([
        [204, 409],
        [404, 204],
      ]).toContainEqual([put.status, deleted.status]);
    }
  });

  it('503 where nobody can say whose the name is', async () => {
    sso.neighbours.away.add('mfa-orchestrator');
    expect((await data.put('dana', 'acme', 'Session.Id', 'v')).status).toBe(503);
    sso.neighbours.away.delete('mfa-orchestrator');
  });
});

describe('GET /v1/third-party-data/{username}', () => {
  it('API-04: in pages, by vendor and key', async () => {
    for (const [vendor, key] of [
      ['bcme', 'Session.Id'],
      ['acme', 'Session.Tier'],
      ['acme', 'Internal'],
      ['ccme', 'Internal'],
      ['ccme', 'Session.Id'],
    ] as const)
      await data.put('lister', vendor, key, `${vendor} ${key}`);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await sso.request('GET', `${data.path('lister')}?limit=2${cursor}`, data.key);
      expect([status, body.items.length <= 2]).toEqual([200, true]);
      seen.push(...body.items.map(({ value }: { value: string }) => value));
      cursor = body.next === undefined ? '' : `&cursor=${encodeURIComponent(body.next)}`;
    } while (cursor !== '');
    expect(seen).toEqual([
      'acme Internal',
      'acme Session.Tier',
      'bcme Session.Id',
      'ccme Internal',
      'ccme Session.Id',
    ]);
    expect((await data.get('stranger')).body).toEqual({ items: [] });
  });

  it('API-04: a cursor of another list, a forged one, a wrong limit: 400', async () => {
    const { body } = await sso.request('GET', `${data.path('lister')}?limit=1`, data.key);
    const cursor = `cursor=${encodeURIComponent(body.next)}`;
    for (const [path, key] of [
      [data.path('dana'), data.key],
      [data.path('lister'), other.key],
    ])
      expect(await sso.request('GET', `${path}?${cursor}`, key)).toMatchObject({
        status: 400,
        body: { code: 'request/cursor-invalid' },
      });
    for (const query of ['cursor=x', 'limit=0', 'limit=201', 'vendor=acme'])
      expect((await sso.request('GET', `${data.path('lister')}?${query}`, data.key)).status).toBe(400);
  });
});

describe('DELETE', () => {
  it('one value: 204, then 404', async () => {
    await data.put('hal', 'acme', 'Session.Id', 'v');
    await data.put('hal', 'acme', 'Internal', 'w');
    await data.values('hal', 'acme');
    expect((await data.delete('hal', 'acme', 'Session.Id')).status).toBe(204);
    expect(await data.values('hal', 'acme')).toEqual({ Internal: 'w' });
    for (const parts of [
      ['hal', 'acme', 'Session.Id'],
      ['hal', 'acme', 'Session.None'],
      ['hal', 'zcme', 'Internal'],
      ['nobody', 'acme', 'Internal'],
    ])
      expect(await data.delete(...parts)).toMatchObject({
        status: 404,
        body: { code: 'sso/value-not-found' },
      });
  });

  it('a vendor’s: all of them and of no other vendor, 404 where there were none', async () => {
    for (const key of ['Session.Id', 'Internal']) await data.put('ida', 'acme', key, 'v');
    await data.put('ida', 'bcme', 'Internal', 'stays');
    expect((await data.delete('ida', 'acme')).status).toBe(204);
    expect(await data.values('ida', 'acme')).toEqual({});
    expect(await data.values('ida', 'bcme')).toEqual({ Internal: 'stays' });
    expect((await data.delete('ida', 'acme')).body.code).toBe('sso/value-not-found');
  });

  it('everything of a user, key included: 204 also where there is nothing; the next value makes a new key', async () => {
    for (const vendor of ['acme', 'bcme']) await data.put('joe', vendor, 'Internal', 'v');
    const userId = sso.neighbours.userId('demo', 'joe');
    const keyOf = async () =>
      (await sso.service.database.query('SELECT data_key FROM users WHERE user_id = $1', [userId]))[0]
        ?.data_key;
    const before = await keyOf();
    expect((await data.delete('joe')).status).toBe(204);
    expect(await keyOf()).toBeNull();
    expect((await data.get('joe')).body).toEqual({ items: [] });
    expect((await data.delete('joe')).status).toBe(204);
    expect((await data.delete('nobody')).status).toBe(204);
    expect((await data.put('joe', 'acme', 'Internal', 'again')).status).toBe(204);
    expect(await keyOf()).not.toBe(before);
    expect(await data.values('joe', 'acme')).toEqual({ Internal: 'again' });
  });
});

describe('events', () => {
  it('EV-02: tell names of what was saved and deleted, never values or usernames', async () => {
    const userId = sso.neighbours.userId('demo', 'kim');
    for (const [vendor, key] of [
      ['acme', 'Session.Id'],
      ['acme', 'Internal'],
      ['bcme', 'Internal'],
    ] as const)
      await data.put('kim', vendor, key, 'a secret');
    await data.delete('kim', 'acme', 'Session.Id');
    await data.delete('kim', 'acme', 'Session.Id');
    await data.delete('kim');
    const saved = (vendor: string, name: string) => ({
      type: 'sso.user-data.saved.v1',
      data: { userId, vendor, names: [name], by: 'management' },
    });
    const deleted = (vendor: string, name: string) => ({
      ...saved(vendor, name),
      type: 'sso.user-data.deleted.v1',
    });
    const events = await data.events('kim');
    expect(events).toEqual([
      saved('acme', 'Session.Id'),
      saved('acme', 'Internal'),
      saved('bcme', 'Internal'),
      deleted('acme', 'Session.Id'),
      deleted('acme', 'Internal'),
      deleted('bcme', 'Internal'),
    ]);
    expect(JSON.stringify(events)).not.toMatch(/kim|secret/);
  });
});

describe('whose', () => {
  it('API-01: another application’s vendors, elements and values are 404 by every route', async () => {
    await data.put('shared', 'acme', 'Session.Id', 'demo’s');
    const asOther = (method: string, body?: object, ...parts: string[]) =>
      sso.request(method, data.path('shared', ...parts), other.key, body);
    expect((await asOther('GET', undefined, 'acme')).status).toBe(404);
    expect((await asOther('PUT', { value: 'x' }, 'acme', 'Session.Id')).status).toBe(404);
    // neither half may be somebody else's
    expect((await asOther('PUT', { value: 'x' }, 'others', 'Session.Id')).status).toBe(404);
    expect((await asOther('PUT', { value: 'x' }, 'acme', 'Session.Others')).status).toBe(404);
    expect((await asOther('DELETE', undefined, 'acme')).status).toBe(404);
    expect((await asOther('DELETE', undefined, 'acme', 'Session.Id')).status).toBe(404);
    expect((await asOther('GET')).body).toEqual({ items: [] });
    expect((await asOther('DELETE')).status).toBe(204);
    expect(await data.values('shared', 'acme')).toEqual({ 'Session.Id': 'demo’s' });
    // the same name there is another user
    await other.put('shared', 'others', 'Session.Others', 'other’s');
    expect(await data.values('shared', 'acme')).toEqual({ 'Session.Id': 'demo’s' });
    expect(await other.values('shared', 'others')).toEqual({ 'Session.Others': 'other’s' });
  });

  it('EXT-06: 401 without a key, 403 without the scope', async () => {
    const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
    const writer = `Bearer ${sso.neighbours.key('demo', 'sso:write')}`;
    for (const [method, ...parts] of [
      ['GET', 'dana'],
      ['GET', 'dana', 'acme'],
      ['PUT', 'dana', 'acme', 'Internal'],
      ['DELETE', 'dana', 'acme', 'Internal'],
      ['DELETE', 'dana', 'acme'],
      ['DELETE', 'dana'],
    ] as const) {
      const body = method === 'PUT' ? { value: 'v' } : undefined;
      const request = (as?: string) => sso.request(method, data.path(...parts), as, body);
      expect((await request()).status).toBe(401);
      expect((await request('Bearer csk_unknown')).status).toBe(401);
      expect((await request(method === 'GET' ? writer : reader)).status).toBe(403);
    }
  });
});
