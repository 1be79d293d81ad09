import { jest } from '@jest/globals';
import { confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
let demo: ReturnType<typeof management>;
beforeAll(async () => {
  await broker.open();
  demo = management(broker, 'demo');
});
afterAll(() => broker.close());

const create = (more: object) => demo('POST', '/v1/clients', { ...confidentialClient, ...more });
const scopes = ['openid', 'offline_access'];
const refused = {
  status: 400,
  body: { code: 'request/invalid', field: 'grantTypes', detail: 'offline_access needs refresh_token' },
};

describe('RFC 6749 §6: the scope offline_access and the grant refresh_token', () => {
  it.each([
    [scopes, ['authorization_code', 'refresh_token']],
    [['openid'], ['authorization_code']],
  ])('a client of the scopes %j that names no grants has %j', async (asked, grantTypes) => {
    const { status, body } = await create({ scopes: asked });
    expect([status, body.client.grantTypes]).toEqual([201, grantTypes]);
  });

  it.each([[['authorization_code']], [['client_credentials']]])(
    'with the scope, the grants %j alone are refused',
    async (grantTypes) => {
      expect(await create({ scopes, grantTypes })).toMatchObject(refused);
    },
  );

  it('a change may not part them, from either side', async () => {
    const patch = async (made: object, changed: object) =>
      demo('PATCH', `/v1/clients/${(await create(made)).body.client.clientId}`, changed);
    expect(await patch({ scopes }, { grantTypes: ['authorization_code'] })).toMatchObject(refused);
    expect(await patch({}, { scopes })).toMatchObject(refused);
    const both = { scopes, grantTypes: ['authorization_code', 'refresh_token'] };
    expect((await patch({}, both)).status).toBe(200);
  });
});
