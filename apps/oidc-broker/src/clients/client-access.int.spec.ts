import { confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';

const broker = new OidcBroker();
beforeAll(async () => {
  await broker.open();
  const demo = management(broker, 'demo');
  await demo('PUT', '/v1/scopes/accounts', { description: 'Your accounts' });
  await demo('POST', '/v1/clients', {
    ...confidentialClient,
    clientId: 'shop',
    scopes: ['openid', 'accounts'],
  });
});
afterAll(() => broker.close());

type Route = [method: string, path: string, scope: 'oidc:read' | 'oidc:write', body?: object];
const ROUTES: Route[] = [
  ['POST', '/v1/clients', 'oidc:write', confidentialClient],
  ['GET', '/v1/clients', 'oidc:read'],
  ['GET', '/v1/clients/shop', 'oidc:read'],
  ['PATCH', '/v1/clients/shop', 'oidc:write', { name: 'Taken over' }],
  ['DELETE', '/v1/clients/shop', 'oidc:write'],
  ['POST', '/v1/clients/shop/rotate-secret', 'oidc:write', {}],
  ['DELETE', '/v1/clients/shop/secrets', 'oidc:write'],
  ['GET', '/v1/scopes', 'oidc:read'],
  ['GET', '/v1/scopes/accounts', 'oidc:read'],
  ['PUT', '/v1/scopes/accounts', 'oidc:write', { description: 'Taken over' }],
  ['DELETE', '/v1/scopes/accounts', 'oidc:write'],
];
let strangers = 0;
const kept = async () =>
  broker.service.database.query(
    `SELECT row_to_json(c) AS row FROM oidc_clients c WHERE app_id = 'demo'
     UNION ALL SELECT row_to_json(s) FROM oidc_client_secrets s WHERE app_id = 'demo'
     UNION ALL SELECT row_to_json(s) FROM oidc_scopes s WHERE app_id = 'demo'`,
  );

describe.each(ROUTES)('%s %s', (method, path, scope, body) => {
  it('EXT-06: no credential and wrong ones are 401, before anything else is looked at', async () => {
    for (const authorization of [undefined, 'Bearer csk_wrong', 'Basic c2hvcDp4', 'Bearer ', 'Digest x'])
      expect(
        (
          await broker.request(
            method,
            path,
            authorization,
            method === 'GET' ? undefined : { nonsense: '\ud800' },
          )
        ).status,
      ).toBe(401);
  });

  it('EXT-06: a key without the scope is 403, the other scope of the two included', async () => {
    const others = scope === 'oidc:read' ? (['oidc:write'] as const) : (['oidc:read'] as const);
    const asked = await management(broker, 'demo', ...others, 'app:write', 'sso:write')(method, path, body);
    expect(asked).toMatchObject({ status: 403 });
  });

  it('API-01: another application’s is not there, and is not touched', async () => {
    const before = await kept();
    strangers += 1;
    const stranger = management(broker, `stranger-${strangers}`, scope);
    const asked = await stranger(method, path, body);
    const named = /\/(shop|accounts)/.test(path);
    if (named && method !== 'PUT') expect(asked.status).toBe(404);
    else if (method === 'GET') expect(JSON.stringify(asked.body)).not.toMatch(/shop|accounts/);
    expect((await stranger(method, `/apps/demo${path}`, body)).status).toBe(404);
    expect(await kept()).toEqual(before);
  });
});

describe('whatever is sent', () => {
  const odd: [string, string, unknown][] = [
    ...[
      'a%00b',
      '%ff',
      '%ed%a0%80',
      '%',
      'x'.repeat(200),
      '..%2f..',
      "a'--",
      '%20',
      'a%3Ab',
      '__proto__',
    ].flatMap((id): [string, string, unknown][] => [
      ['GET', `/v1/clients/${id}`, undefined],
      ['PATCH', `/v1/clients/${id}`, {}],
      ['DELETE', `/v1/clients/${id}`, undefined],
      ['POST', `/v1/clients/${id}/rotate-secret`, {}],
      ['DELETE', `/v1/clients/${id}/secrets`, undefined],
      ['GET', `/v1/scopes/${id}`, undefined],
      ['DELETE', `/v1/scopes/${id}`, undefined],
    ]),
    ...[
      '"\\ud800"',
      '"\\u0000"',
      '1e400',
      '-0.5',
      'null',
      '[]',
      '{}',
      '[[]]',
      '"x"',
      'true',
      '{"__proto__":1}',
    ].flatMap((value): [string, string, unknown][] => [
      ['POST', '/v1/clients', value],
      ...[
        'clientId',
        'kind',
        'name',
        'redirectUris',
        'grantTypes',
        'scopes',
        'jwks',
        'mfa',
        'logoUri',
        'protected',
      ].map((member): [string, string, unknown] => [
        'POST',
        '/v1/clients',
        JSON.stringify({ ...confidentialClient, [member]: 0 }).replace(
          `"${member}":0`,
          `"${member}":${value}`,
        ),
      ]),
      ['PATCH', '/v1/clients/shop', `{"redirectUris":[${value}]}`],
      ['PATCH', '/v1/clients/shop', `{"scopes":[${value}]}`],
      ['PATCH', '/v1/clients/shop', `{"jwks":{"keys":[${value}]}}`],
      ['PATCH', '/v1/clients/shop', `{"mfa":{"policy":${value}}}`],
      ['POST', '/v1/clients/shop/rotate-secret', `{"overlapSeconds":${value}}`],
      ['PUT', '/v1/scopes/x', `{"description":${value}}`],
      ['PUT', '/v1/scopes/x', `{"description":"x","claims":[${value}]}`],
      ['PUT', '/v1/scopes/x', `{"description":"x","mfa":${value}}`],
    ]),
    ['GET', '/v1/clients?limit=0', undefined],
    ['GET', '/v1/clients?cursor=%00', undefined],
    ['GET', '/v1/scopes?cursor=x', undefined],
    ['GET', '/v1/clients?limit=5&limit=6', undefined],
  ];

  it('it is never a fault of ours', async () => {
    const demo = management(broker, 'demo');
    for (const [method, path, body] of odd) {
      const { status } = await demo(method, path, body);
      expect([method, path, body, status < 500]).toEqual([method, path, body, true]);
    }
  });
});
