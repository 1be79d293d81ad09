import { SsoData } from '../../test/sso-data.ts';
import { REGISTRATIONS_MAX } from './mfa-registration.schemas.ts';

const sso = new SsoData();
let key: string;
let otherKey: string;
const of = (username: string, provider?: string) =>
  ['/v1/mfa-registrations', username, ...(provider === undefined ? [] : [provider])]
    .map((part, n) => (n === 0 ? part : encodeURIComponent(part)))
    .join('/');
const put = (username: string, provider: string, value: string) =>
  sso.request('PUT', of(username, provider), key, { value });

beforeAll(async () => {
  await sso.open();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  otherKey = `Bearer ${sso.neighbours.key('other', 'sso:read', 'sso:write')}`;
});
afterAll(() => sso.close());

describe('/v1/mfa-registrations/{username}/{provider}', () => {
  it('seed Q5: one value per user and provider', async () => {
    expect((await put('dana', 'acme', 'device-1')).status).toBe(204);
    expect((await put('dana', 'Acme', 'device-2')).status).toBe(204);
    expect((await sso.request('GET', of('DANA', 'acme'), key)).body).toMatchObject({
      provider: 'acme',
      value: 'device-1',
    });
    expect((await sso.request('GET', of('dana', 'Acme'), key)).body.value).toBe('device-2');
    expect((await sso.request('DELETE', of('dana', 'acme'), key)).status).toBe(204);
    expect(await sso.request('GET', of('dana', 'acme'), key)).toMatchObject({
      status: 404,
      body: { code: 'sso/registration-not-found' },
    });
    expect((await sso.request('DELETE', of('dana', 'acme'), key)).status).toBe(404);
  });

  it.each(['acme/eu', 'a b', 'ä', '%2e', 'x'.repeat(128)])('a provider may be named %p', async (provider) => {
    expect((await put('names', provider, 'v')).status).toBe(204);
    expect((await sso.request('GET', of('names', provider), key)).body.provider).toBe(provider);
  });

  it.each(['__proto__', 'x'.repeat(129), 'a\u0000b'])('400 for the provider %p', async (provider) => {
    expect((await put('dana', provider, 'v')).status).toBe(400);
  });

  it('a user’s registrations are listed by provider, in pages', async () => {
    for (const provider of ['b', 'a', 'C', 'd']) await put('lister', provider, `of-${provider}`);
    const first = await sso.request('GET', `${of('lister')}?limit=3`, key);
    expect(first.body.items.map((item: { provider: string }) => item.provider)).toEqual(['C', 'a', 'b']);
    const cursor = encodeURIComponent(first.body.next);
    const second = await sso.request('GET', `${of('lister')}?limit=3&cursor=${cursor}`, key);
    expect(second.body.items).toMatchObject([{ provider: 'd', value: 'of-d' }]);
    expect(second.body.next).toBeUndefined();
    expect((await sso.request('GET', of('stranger'), key)).body).toEqual({ items: [] });
  });

  it('API-04: a cursor of another list, a forged one, a wrong limit: 400', async () => {
    const { body } = await sso.request('GET', `${of('lister')}?limit=1`, key);
    const carried = await sso.request('GET', `${of('dana')}?cursor=${encodeURIComponent(body.next)}`, key);
    expect(carried).toMatchObject({ status: 400, body: { code: 'request/cursor-invalid' } });
    for (const query of ['cursor=x', 'limit=0', 'limit=201', 'limit=x', 'sort=value'])
      expect((await sso.request('GET', `${of('lister')}?${query}`, key)).status).toBe(400);
  });

  it('API-09: a user has at most 50, however many come at once', async () => {
    const many = Array.from({ length: REGISTRATIONS_MAX + 5 }, (_, n) => put('hoarder', `p${n}`, 'v'));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(REGISTRATIONS_MAX);
    expect(statuses.filter((status) => status === 409)).toHaveLength(5);
    const { body } = await sso.request('GET', `${of('hoarder')}?limit=200`, key);
    expect(body.items).toHaveLength(REGISTRATIONS_MAX);
    const refused = await put('hoarder', 'one-more', 'v');
    expect(refused.body.code).toBe('sso/registration-limit');
    expect((await put('hoarder', body.items[0].provider, 'new')).status).toBe(204);
  });

  it('API-01: another application sees none of it', async () => {
    await put('shared', 'acme', 'demo’s');
    expect((await sso.request('GET', of('shared', 'acme'), otherKey)).status).toBe(404);
    expect((await sso.request('DELETE', of('shared', 'acme'), otherKey)).status).toBe(404);
    expect((await sso.request('GET', of('shared'), otherKey)).body).toEqual({ items: [] });
    expect((await sso.request('GET', of('shared', 'acme'), key)).status).toBe(200);
  });

  it('EXT-06: 401 without a key, 403 without the scope', async () => {
    const reader = `Bearer ${sso.neighbours.key('demo', 'sso:read')}`;
    for (const [method, path] of [
      ['GET', of('dana')],
      ['GET', of('dana', 'a')],
      ['PUT', of('dana', 'a')],
      ['DELETE', of('dana', 'a')],
    ] as const) {
      expect((await sso.request(method, path)).status).toBe(401);
      if (method !== 'GET') expect((await sso.request(method, path, reader)).status).toBe(403);
    }
  });
});
