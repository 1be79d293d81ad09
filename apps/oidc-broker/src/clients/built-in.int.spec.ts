import { type Ask, confidentialClient, management } from '../../test/management.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { Providers } from '../providers/providers.ts';
import { ADMIN_CLIENT_ID } from './built-in.ts';
import { ClientRepository } from './client.repository.ts';

const broker = new OidcBroker();
let platform: Ask;
const path = `/v1/clients/${ADMIN_CLIENT_ID}`;
const found = (appId: string) =>
  broker.service.app.get(ClientRepository, { strict: false }).find(appId, ADMIN_CLIENT_ID);

beforeAll(async () => {
  await broker.open({
    oidcOrigins: ['https://{app}.id.example', 'https://id.example/', 'http://localhost:4000'],
  });
  platform = management(broker, 'platform');
});
afterAll(() => broker.close());

describe('the administrators’ console', () => {
  it('C5: is a client of the platform without anybody’s doing, with PKCE and MFA at every sign-in', async () => {
    expect(await found('platform')).toMatchObject({
      kind: 'public',
      grantTypes: ['authorization_code'],
      mfa: { policy: 'mfa' },
      rememberDeviceSeconds: 0,
      consent: 'implied',
      secretHashes: [],
      redirectUris: [
        'http://localhost:4000/admin/callback',
        'https://platform.id.example/admin/callback',
        'https://id.example/admin/callback',
      ],
    });
    const provider = await broker.service.app
      .get(Providers, { strict: false })
      .for('platform', 'http://localhost:4000');
    expect((await provider?.Client.find(ADMIN_CLIENT_ID))?.clientId).toBe(ADMIN_CLIENT_ID);
    expect((await platform('GET', path)).body).toMatchObject({ clientId: ADMIN_CLIENT_ID, protected: true });
  });

  it('is no other application’s', async () => {
    expect(await found('demo')).toBeUndefined();
    const demo = management(broker, 'demo');
    expect((await demo('GET', path)).status).toBe(404);
    expect(
      (await demo('POST', '/v1/clients', { ...confidentialClient, clientId: ADMIN_CLIENT_ID })).status,
    ).toBe(201);
    expect((await found('demo'))?.kind).toBe('confidential');
    expect((await demo('DELETE', path)).status).toBe(204);
  });

  it('is changed and deleted by nobody', async () => {
    const before = await found('platform');
    for (const [method, to, body] of [
      ['PATCH', path, { mfa: null }],
      ['PATCH', path, { redirectUris: ['https://evil.example/'] }],
      ['DELETE', path, undefined],
      ['POST', `${path}/rotate-secret`, {}],
      ['DELETE', `${path}/secrets`, undefined],
    ] as const)
      expect(await platform(method, to, body)).toMatchObject({
        status: 409,
        body: { code: 'oidc/client-built-in' },
      });
    const again = { ...confidentialClient, clientId: ADMIN_CLIENT_ID };
    expect(await platform('POST', '/v1/clients', again)).toMatchObject({
      status: 409,
      body: { code: 'oidc/client-exists' },
    });
    expect(await found('platform')).toEqual(before);
  });

  it('a row of its name in the database does not stand in for it', async () => {
    await broker.service.database.query(
      `INSERT INTO oidc_clients (app_id, client_id, kind, settings) VALUES ('platform', $1, 'public', '{"redirectUris":["https://evil.example/"]}')`,
      [ADMIN_CLIENT_ID],
    );
    expect((await found('platform'))?.redirectUris).not.toContain('https://evil.example/');
    await broker.service.database.query(`DELETE FROM oidc_clients WHERE app_id = 'platform'`);
  });

  it('has its place in the list', async () => {
    for (const clientId of ['a', 'z'])
      await platform('POST', '/v1/clients', { ...confidentialClient, clientId });
    const ids: string[] = [];
    let next = '';
    do {
      const { body } = await platform(
        'GET',
        `/v1/clients?limit=1${next && `&cursor=${encodeURIComponent(next)}`}`,
      );
      ids.push(...body.items.map(({ clientId }: { clientId: string }) => clientId));
      next = body.next ?? '';
    } while (next);
    expect(ids).toEqual(['a', ADMIN_CLIENT_ID, 'z']);
  });
});
