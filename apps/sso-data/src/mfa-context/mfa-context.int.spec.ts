import { mfaContextView } from '@countersign/contracts';
import { SsoData } from '../../test/sso-data.ts';

const sso = new SsoData();
let key: string;
const path = (username: string, query = 'appId=demo') =>
  `/internal/users/${encodeURIComponent(username)}/mfa-context?${query}`;
const asService = async (caller: 'mfa-orchestrator' | 'token-service' | 'sso-data') =>
  `Bearer ${await sso.serviceToken(caller)}`;

beforeAll(async () => {
  await sso.open();
  key = `Bearer ${sso.neighbours.key('demo', 'sso:read', 'sso:write')}`;
  await sso.request('PUT', '/v1/sso-identifiers/dana', key, { value: 'crm-1' });
  await sso.request('PUT', '/v1/mfa-registrations/dana/acme', key, { value: 'device-1' });
  await sso.request('PUT', '/v1/mfa-registrations/dana/constructor', key, { value: 'device-2' });
});
afterAll(() => sso.close());

describe('GET /internal/users/{username}/mfa-context', () => {
  it('seed Q5: identifier and registrations of the user', async () => {
    const { status, body } = await sso.request('GET', path(' Dana '), await asService('mfa-orchestrator'));
    expect(status).toBe(200);
    expect(mfaContextView.parse(body)).toEqual({
      ssoIdentifier: 'crm-1',
      registrations: { acme: 'device-1', constructor: 'device-2' },
    });
  });

  it('seed Q5: only what there is: a stranger and another application have nothing', async () => {
    const token = await asService('mfa-orchestrator');
    expect((await sso.request('GET', path('stranger'), token)).body).toEqual({ registrations: {} });
    expect((await sso.request('GET', path('dana', 'appId=other'), token)).body).toEqual({
      registrations: {},
    });
    expect(sso.neighbours.resolved).not.toContain('stranger');
  });

  it('a namesake who was deleted a moment ago shows nothing to the new user', async () => {
    const token = await asService('mfa-orchestrator');
    const id = sso.neighbours.userId('demo', 'dana');
    expect(
      (await sso.request('GET', path('dana', `appId=demo&userId=${id}`), token)).body.ssoIdentifier,
    ).toBe('crm-1');
    const newer = await sso.request('GET', path('dana', 'appId=demo&userId=somebody-else'), token);
    expect(newer.body).toEqual({ registrations: {} });
  });

  it('a value that is there and cannot be opened is a fault, not "none"', async () => {
    await sso.request('PUT', '/v1/sso-identifiers/broken', key, { value: 'x' });
    await sso.service.database.query(
      `UPDATE sso_identifiers SET key_id = 'lost' WHERE username_key = 'broken'`,
    );
    expect((await sso.request('GET', path('broken'), await asService('mfa-orchestrator'))).status).toBe(500);
  });

  it('design: for mfa-orchestrator only', async () => {
    expect((await sso.request('GET', path('dana'))).status).toBe(401);
    expect((await sso.request('GET', path('dana'), key)).status).toBe(401);
    expect((await sso.request('GET', path('dana'), await asService('token-service'))).status).toBe(403);
    expect((await sso.request('GET', path('dana'), await asService('sso-data'))).status).toBe(403);
  });

  it('ours: unknown or missing query members are 400', async () => {
    const token = await asService('mfa-orchestrator');
    for (const query of ['', 'appId=', 'appId=demo&x=1'])
      expect((await sso.request('GET', path('dana', query), token)).status).toBe(400);
  });
});
