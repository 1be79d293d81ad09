import { jest } from '@jest/globals';
import { Journey } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import type { Registered, RelyingParty } from '../../test/relying-party.ts';

/** ST-08, invariant 4: what is asked of clients and scopes is looked at by each refresh, and wherever a token is shown. */
// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const ASKED = { scope: 'openid reports offline_access', prompt: 'consent' };
const refreshing = {
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: ['openid', 'reports', 'offline_access'],
};
beforeAll(async () => {
  await broker.open();
  const flows = await MfaFlows.of(broker);
  await demo.user('dana');
  flows.withPhone.add('dana');
}, 60_000);
afterAll(() => broker.close());
beforeEach(() => scope({}));

const scope = (more: object, name = 'reports') =>
  demo.manage('PUT', `/v1/scopes/${name}`, { description: 'Reports', claims: ['name'], ...more });
const change = async ({ clientId }: Registered, body: object) => {
  const { status } = await demo.manage('PATCH', `/v1/clients/${clientId}`, body);
  expect(status).toBe(200);
};
/** Signed in with a password, and MFA where `mfa`. */
const issued = async (more: object = {}, mfa = false) => {
  const client = await demo.client({ ...refreshing, ...more });
  const journey = await (await Journey.begin(broker, client, ASKED)).signIn('dana');
  if (mfa) await journey.mfa(CODE);
  const { party } = journey;
  const { json } = await party.redeem(journey.callback.code ?? '');
  expect(json.scope).toBe('openid reports offline_access');
  return { client, party, tokens: json };
};
const refreshed = async (party: RelyingParty, token: string) => {
  const { json } = await party.refresh(token);
  return json;
};

describe('a refresh', () => {
  it('is refused where the client asks for MFA that was not shown, and works once it does not', async () => {
    const { client, party, tokens } = await issued();
    await change(client, { mfa: { policy: 'mfa' } });
    expect((await refreshed(party, tokens.refresh_token)).error).toBe('invalid_grant');
    await change(client, { mfa: null });
    expect((await refreshed(party, tokens.refresh_token)).scope).toBe('openid reports offline_access');
  });

  it('works where that MFA was shown, however old it is, as often as the token is rotated; not for another policy', async () => {
    const { client, party, tokens } = await issued({ mfa: { policy: 'mfa', maxAgeSeconds: 0 } }, true);
    const second = await refreshed(party, tokens.refresh_token);
    const third = await refreshed(party, second.refresh_token);
    expect(third.scope).toBe('openid reports offline_access');
    await change(client, { mfa: { policy: 'strong' } });
    expect((await refreshed(party, third.refresh_token)).error).toBe('invalid_grant');
  });

  it('gives no scope that asks for MFA since, nor does the access token of before; openid and offline_access end it', async () => {
    const { party, tokens } = await issued();
    await scope({ mfa: { policy: 'mfa' } });
    const next = await refreshed(party, tokens.refresh_token);
    expect(next.scope).toBe('openid offline_access');
    for (const token of [tokens.access_token, next.access_token]) {
      expect((await party.post('introspect', { token })).json).toMatchObject({
        active: true,
        scope: 'openid offline_access',
      });
      expect((await party.userinfo(token)).json).toEqual({ sub: expect.any(String) });
    }
    const form = { grant_type: 'refresh_token', refresh_token: next.refresh_token };
    expect((await party.post('token', { ...form, scope: 'reports' })).json.error).toBe('invalid_scope');
    // what is asked for again comes back: the user's consent stands
    await scope({});
    expect((await refreshed(party, next.refresh_token)).scope).toBe('openid reports offline_access');
  });

  it('gives a scope whose MFA was shown', async () => {
    const { party, tokens } = await issued({ mfa: { policy: 'mfa' } }, true);
    await scope({ mfa: { policy: 'mfa' } });
    expect((await refreshed(party, tokens.refresh_token)).scope).toBe('openid reports offline_access');
  });

  it('gives no scope that the client may not ask for now; without offline_access there is none', async () => {
    const { client, party, tokens } = await issued();
    await change(client, { scopes: ['openid', 'offline_access'] });
    const next = await refreshed(party, tokens.refresh_token);
    expect(next.scope).toBe('openid offline_access');
    await change(client, { scopes: ['openid'] });
    expect((await refreshed(party, next.refresh_token)).error).toBe('invalid_grant');
  });

  it('OP-13: a token that was used before still ends its family', async () => {
    const { client, party, tokens } = await issued();
    const next = await refreshed(party, tokens.refresh_token);
    await change(client, { mfa: { policy: 'mfa' } });
    expect((await refreshed(party, tokens.refresh_token)).error).toBe('invalid_grant');
    await change(client, { mfa: null });
    expect((await refreshed(party, next.refresh_token)).error).toBe('invalid_grant');
  });
});
