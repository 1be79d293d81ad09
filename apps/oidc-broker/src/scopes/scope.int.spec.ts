import { type Ask, confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ScopeRepository } from './scope.repository.ts';
import { SCOPES_MAX } from './scope.schemas.ts';
import type { OidcScope } from './scope.types.ts';

const broker = new OidcBroker();
let demo: Ask;
beforeAll(async () => {
  await broker.open();
  demo = management(broker, 'demo');
});
afterAll(() => broker.close());

const path = (name: string) => `/v1/scopes/${encodeURIComponent(name)}`;
const put = (name: string, body: object = { description: 'Something' }, ask = demo) =>
  ask('PUT', path(name), body);
/** As the protocol sees them. */
const seen = async (name: string, appId = 'demo') =>
  (await broker.service.app.get(ScopeRepository, { strict: false }).list(appId)).find(
    (scope) => scope.name === name,
  );

describe('/v1/scopes', () => {
  it('contracts V §5.1: every application has the protocol’s own', async () => {
    const { body } = await management(broker, 'fresh')('GET', '/v1/scopes');
    expect(body.items.map(({ name, claims, builtIn }: OidcScope) => [name, claims, builtIn])).toEqual([
      ['2fa', [], true],
      ['2fa_link', [], true],
      ['email', ['email', 'email_verified'], true],
      ['offline_access', [], true],
      ['openid', ['sub'], true],
      ['phone', ['phone_number', 'phone_number_verified'], true],
      ['profile', ['name'], true],
    ]);
  });

  it('PUT makes and replaces, GET reads, DELETE removes', async () => {
    const name = 'https://bank.example/accounts:read';
    const made = {
      description: 'See your accounts',
      claims: ['iban'],
      mfa: { policy: 'mfa', maxAgeSeconds: 300 },
    };
    expect(await put(name, made)).toMatchObject({ status: 200, body: { name, ...made, builtIn: false } });
    expect((await demo('GET', path(name))).body).toEqual({ name, ...made, builtIn: false });
    const replaced = await put(name, { description: 'Your accounts' });
    expect(replaced.body).toEqual({ name, description: 'Your accounts', claims: [], builtIn: false });
    expect(await seen(name)).toEqual(replaced.body);
    expect((await demo('DELETE', path(name))).status).toBe(204);
    expect(await demo('DELETE', path(name))).toMatchObject({
      status: 404,
      body: { code: 'oidc/scope-not-found' },
    });
    expect((await demo('GET', path(name))).status).toBe(404);
    expect(await seen(name)).toBeUndefined();
  });

  it('C4: MFA can be asked for with a built-in scope, and no longer', async () => {
    const { body } = await put('profile', { mfa: { policy: 'strong' } });
    expect(body).toEqual({
      name: 'profile',
      description: 'See your name',
      claims: ['name'],
      mfa: { policy: 'strong' },
      builtIn: true,
    });
    expect((await seen('profile'))?.mfa).toEqual({ policy: 'strong' });
    expect((await seen('profile', 'other'))?.mfa).toBeUndefined();
    expect((await put('profile', { mfa: null })).body).not.toHaveProperty('mfa');
    expect(await seen('profile')).not.toHaveProperty('mfa');
  });

  it.each([
    ['profile', { description: 'Everything' }, 'description'],
    ['profile', { claims: ['password'] }, 'claims'],
    ['openid', { mfa: { policy: 'mfa' } }, 'mfa'],
    ['2fa', { mfa: { policy: 'mfa' } }, 'mfa'],
    ['2fa_link', { mfa: { policy: 'mfa' } }, 'mfa'],
  ])('nothing else of a built-in scope can be set: %s %j', async (name, body, field) => {
    expect(await put(name, body)).toMatchObject({
      status: 400,
      body: { code: 'oidc/scope-reserved', field },
    });
  });

  it('a built-in scope cannot be deleted', async () => {
    for (const name of ['openid', 'profile', '2fa'])
      expect(await demo('DELETE', path(name))).toMatchObject({
        status: 400,
        body: { code: 'oidc/scope-reserved' },
      });
  });

  it('one that a client may ask for cannot be deleted', async () => {
    await put('held');
    const { body } = await demo('POST', '/v1/clients', { ...confidentialClient, scopes: ['openid', 'held'] });
    expect(await demo('DELETE', path('held'))).toMatchObject({
      status: 409,
      body: { code: 'oidc/scope-in-use' },
    });
    await demo('PATCH', `/v1/clients/${body.client.clientId}`, { scopes: ['openid'] });
    expect((await demo('DELETE', path('held'))).status).toBe(204);
  });

  it('deleted and given to a client at once, it is one of the two, never a client with a scope that is gone', async () => {
    for (let round = 0; round < 8; round++) {
      await put('torn');
      const [gone, made] = await Promise.all([
        demo('DELETE', path('torn')),
        demo('POST', '/v1/clients', { ...confidentialClient, scopes: ['openid', 'torn'] }),
      ]);
      expect([
        [204, 400],
        [409, 201],
      ]).toContainEqual([gone.status, made.status]);
      if (made.status === 201) {
        await demo('DELETE', `/v1/clients/${made.body.client.clientId}`);
        await demo('DELETE', path('torn'));
      }
    }
  });

  it('an application adds no more than there can be', async () => {
    const full = management(broker, 'full');
    await broker.service.database.query(
      `INSERT INTO oidc_scopes (app_id, name, description) SELECT 'full', 's' || n, 'x' FROM generate_series(1, $1::int) n`,
      [SCOPES_MAX - 1],
    );
    expect((await put('last', undefined, full)).status).toBe(200);
    expect(await put('more', undefined, full)).toMatchObject({
      status: 409,
      body: { code: 'oidc/scope-limit' },
    });
    expect((await put('last', { description: 'Again' }, full)).status).toBe(200);
    expect((await put('profile', { mfa: { policy: 'mfa' } }, full)).status).toBe(200);
  });

  it('pages by name', async () => {
    const many = management(broker, 'many');
    for (const name of ['a', 'Z']) await put(name, undefined, many);
    const names: string[] = [];
    let next = '';
    do {
      const { body } = await many(
        'GET',
        `/v1/scopes?limit=4${next && `&cursor=${encodeURIComponent(next)}`}`,
      );
      names.push(...body.items.map(({ name }: { name: string }) => name));
      next = body.next ?? '';
    } while (next);
    expect(names).toEqual([
      '2fa',
      '2fa_link',
      'Z',
      'a',
      'email',
      'offline_access',
      'openid',
      'phone',
      'profile',
    ]);
  });

  it.each<[string, object, string]>([
    ['no description', {}, 'description'],
    ['an empty one', { description: '' }, 'description'],
    ['one that reads otherwise than it is written (CWE-451)', { description: 'a\u202eb' }, 'description'],
    ['control characters', { description: 'a\nb' }, 'description'],
    ['an unknown member (ST-04)', { description: 'x', builtIn: true }, 'builtIn'],
    ['a claim of the protocol itself', { description: 'x', claims: ['name', 'sub'] }, 'claims.1'],
    ['acr for a claim', { description: 'x', claims: ['acr'] }, 'claims.0'],
    ['a claim that every object has', { description: 'x', claims: ['constructor'] }, 'claims.0'],
    ['a claim twice', { description: 'x', claims: ['a', 'a'] }, 'claims'],
    ['21 claims', { description: 'x', claims: Array.from({ length: 21 }, (_, n) => `c${n}`) }, 'claims'],
    ['no policy', { description: 'x', mfa: { maxAgeSeconds: 1 } }, 'mfa.policy'],
    ['an odd policy', { description: 'x', mfa: { policy: 'a\0' } }, 'mfa.policy'],
    [
      'a member of the demand that is unknown',
      { description: 'x', mfa: { policy: 'a', acr: 'aal2' } },
      'mfa.acr',
    ],
  ])('400 with the field for %s', async (_case, body, field) => {
    expect(await put('odd', body)).toMatchObject({ status: 400, body: { code: 'request/invalid', field } });
  });

  it.each(['a b', 'a"b', 'a\\b', 'ä', 'a\u0000', 'x'.repeat(129), '\u007f'])(
    'RFC 6749 §3.3: %j is no name of a scope',
    async (name) => {
      for (const method of ['GET', 'DELETE']) expect((await demo(method, path(name))).status).toBe(400);
      expect((await put(name)).status).toBe(400);
    },
  );
});
