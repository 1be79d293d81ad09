import { SsoData } from '../../test/sso-data.ts';
import { ThirdPartyData } from '../../test/third-party-data.ts';

const sso = new SsoData();
let data: ThirdPartyData;
let other: ThirdPartyData;

beforeAll(async () => {
  await sso.open();
  data = await ThirdPartyData.of(sso, 'demo', ['acme', 'bcme'], ['Session.Id', 'Internal']);
  other = await ThirdPartyData.of(sso, 'other', ['acme'], ['Session.Id']);
});
afterAll(() => sso.close());

describe('/v1/me/third-party-data', () => {
  it('users see all that is kept about them, with what it is, and nobody else’s', async () => {
    await data.put('dana', 'bcme', 'Internal', 'i');
    await data.put('dana', 'acme', 'Session.Id', 's');
    await data.put('erin', 'acme', 'Session.Id', 'erin’s');
    const updatedAt = expect.stringMatching(/Z$/);
    expect(await data.mine('GET', 'dana')).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            ...{ vendor: 'acme', key: 'Session.Id', description: 'is Session.Id', delivered: true },
            ...{ value: 's', updatedAt },
          },
          { vendor: 'bcme', key: 'Internal', description: 'is Internal', delivered: false, value: 'i' },
        ],
      },
    });
    expect((await data.mine('GET', 'stranger')).body).toEqual({ items: [] });
  });

  it('API-04: in pages; a cursor of another user is 400', async () => {
    const first = await data.mine('GET', 'dana', '?limit=1');
    expect(first.body.items).toMatchObject([{ vendor: 'acme' }]);
    const next = `?limit=1&cursor=${encodeURIComponent(first.body.next)}`;
    const second = await data.mine('GET', 'dana', next);
    expect(second.body).toMatchObject({ items: [{ vendor: 'bcme' }] });
    expect(second.body.next).toBeUndefined();
    expect((await data.mine('GET', 'erin', next)).body.code).toBe('request/cursor-invalid');
  });

  it('users delete one value or a vendor’s; management sees it at once; EV-02', async () => {
    const userId = sso.neighbours.userId('demo', 'gil');
    for (const key of ['Session.Id', 'Internal']) {
      await data.put('gil', 'acme', key, 'v');
      await data.put('gil', 'bcme', key, 'v');
    }
    await data.values('gil', 'acme');
    expect((await data.mine('DELETE', 'gil', '/acme/Internal')).status).toBe(204);
    expect(await data.values('gil', 'acme')).toEqual({ 'Session.Id': 'v' });
    expect((await data.mine('DELETE', 'gil', '/bcme')).status).toBe(204);
    expect(await data.values('gil', 'bcme')).toEqual({});
    for (const path of ['/acme/Internal', '/bcme', '/bcme/Session.Id', '/zcme'])
      expect((await data.mine('DELETE', 'gil', path)).body.code).toBe('sso/value-not-found');
    for (const path of ['/Acme', '/acme/a%20b', '/acme/%C3%A4'])
      expect((await data.mine('DELETE', 'gil', path)).status).toBe(400);
    const deleted = (await data.events('gil')).filter(({ type }) => type === 'sso.user-data.deleted.v1');
    expect(deleted.map((event) => event.data)).toEqual([
      { userId, vendor: 'acme', names: ['Internal'], by: 'user' },
      { userId, vendor: 'bcme', names: ['Internal', 'Session.Id'], by: 'user' },
    ]);
  });

  it('API-01: the same name in another application is somebody else', async () => {
    await data.put('hal', 'acme', 'Session.Id', 'demo’s');
    expect((await other.mine('GET', 'hal')).body).toEqual({ items: [] });
    expect((await other.mine('DELETE', 'hal', '/acme')).status).toBe(404);
    expect((await other.mine('DELETE', 'hal', '/acme/Session.Id')).status).toBe(404);
    // nor does a token hold in another application than its own
    const token = `Bearer ${sso.neighbours.userToken('demo', 'hal')}`;
    const crossed = await sso.request('GET', '/apps/other/v1/me/third-party-data', token);
    expect(crossed.status).toBe(401);
    expect(await data.values('hal', 'acme')).toEqual({ 'Session.Id': 'demo’s' });
  });

  it('EXT-06: 401 without a token or with an API key; 403 for what an API key granted', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', '/acme'],
      ['DELETE', '/acme/Internal'],
    ] as const) {
      const url = `/apps/demo/v1/me/third-party-data${path}`;
      expect((await sso.request(method, url)).status).toBe(401);
      expect((await sso.request(method, url, data.key)).status).toBe(401);
      expect((await data.mine(method, 'dana', path, 'grant')).status).toBe(403);
    }
  });
});
