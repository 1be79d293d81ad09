import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { Browser, callbackOf, partsOf, type Registered } from '../../test/relying-party.ts';

/** Where codes, sessions and families of refresh tokens end, whatever is done with them. */
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const OTHER = { host: 'other.example' };
let dana: KnownUser;
let client: Registered;
beforeAll(async () => {
  await broker.open({ oidcOrigins: ['http://other.example'] });
  dana = await demo.user('dana');
  const grantTypes = ['authorization_code', 'refresh_token'];
  client = await demo.client({ grantTypes, scopes: ['openid', 'offline_access', '2fa'] });
});
afterAll(() => broker.close());

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' };
/** Begun that many hours earlier than it was; when it ends by itself stays as it is. */
const age = async (kind: string, member: string, hours: number) => {
  const rows = await broker.service.database.query(
    `UPDATE oidc_records SET payload = (payload::jsonb
       || jsonb_build_object($3::text, (payload::jsonb ->> $3::text)::int - $4::int))::text
     WHERE user_id = $1 AND kind = $2 RETURNING 1 AS one`,
    [dana.userId, kind, member, hours * 3600],
  );
  expect(rows.length).toBeGreaterThan(0);
};

describe('the whole time of what is used all the while (security 15, 29)', () => {
  it('a session ends a day after the login, also for whoever asks every moment', async () => {
    const party = demo.relyingParty(client);
    const browser = new Browser(broker);
    await demo.signIn(party, 'dana', { browser });
    const silently = async () => callbackOf(await browser.follow(party.authorizeUrl({ prompt: 'none' })));
    await age('Session', 'loginTs', 23);
    expect((await silently()).code).toBeDefined();
    await age('Session', 'loginTs', 1);
    for (let n = 0; n < 3; n++) expect((await silently()).error).toBe('login_required');
    const page = await browser.follow(party.authorizeUrl());
    expect(page.text).toContain('name="password"');
    expect((await demo.signIn(party, 'dana', { browser })).code).toBeDefined();
    expect((await silently()).code).toBeDefined();
  });

  it('what holds as long as the session ends with it', async () => {
    const party = demo.relyingParty(client);
    const { access_token: token } = await demo.tokens(party, 'dana');
    expect((await party.userinfo(token)).status).toBe(200);
    await age('Session', 'loginTs', 24);
    expect((await party.userinfo(token)).status).toBe(401);
  });

  it('a family of refresh tokens ends 30 days after its first, however often it is rotated', async () => {
    const party = demo.relyingParty(client);
    const first = await demo.tokens(party, 'dana', OFFLINE);
    await age('RefreshToken', 'iiat', 29 * 24);
    const { json: second } = await party.refresh(first.refresh_token);
    expect(second.refresh_token).toBeDefined();
    await age('RefreshToken', 'iiat', 24);
    const { json, status } = await party.refresh(second.refresh_token);
    expect([status, json.error]).toEqual([400, 'invalid_grant']);
    const asked = await party.post('introspect', { token: second.refresh_token });
    expect(asked.json).toEqual({ active: false });
  });
});

describe('invariant 1, OpenID Connect Core §12.2: one issuer from the code to the last refresh', () => {
  it('a code is nothing at another origin of the application, and is not used up there', async () => {
    const party = demo.relyingParty(client);
    const { code = '' } = await demo.signIn(party, 'dana');
    const form = {
      ...{ grant_type: 'authorization_code', code, redirect_uri: client.redirectUri },
      code_verifier: party.verifier,
    };
    const elsewhere = await party.post('token', form, OTHER);
    expect([elsewhere.status, elsewhere.json.error]).toEqual([400, 'invalid_grant']);
    const { json } = await party.redeem(code);
    expect(partsOf(json.id_token as string).claims.iss).toBe(party.issuer);
  });

  it('nor is a refresh token', async () => {
    const party = demo.relyingParty(client);
    const first = await demo.tokens(party, 'dana', OFFLINE);
    const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    expect((await party.post('token', form, OTHER)).json.error).toBe('invalid_grant');
    const { json: second } = await party.refresh(first.refresh_token);
    expect(partsOf(second.id_token as string).claims.iss).toBe(party.issuer);
    const rotated = { ...form, refresh_token: second.refresh_token };
    expect((await party.post('token', rotated, OTHER)).json.error).toBe('invalid_grant');
  });

  it('RFC 7009 §2.2: taken back at another origin it is gone everywhere', async () => {
    const party = demo.relyingParty(client);
    const { refresh_token: token } = await demo.tokens(party, 'dana', OFFLINE);
    expect((await party.post('revoke', { token }, OTHER)).status).toBe(200);
    expect((await party.refresh(token)).json.error).toBe('invalid_grant');
  });

  it('nor is the code of a second factor (V4)', async () => {
    const party = demo.relyingParty(client);
    const { code = '' } = await demo.secondFactor(party, dana);
    const form = {
      ...{ grant_type: 'authorization_code', code, redirect_uri: client.redirectUri },
      code_verifier: party.verifier,
    };
    expect((await party.post('token', form, OTHER)).json.error).toBe('invalid_grant');
    const { json } = await party.redeem(code);
    expect(partsOf(json.id_token as string).claims.iss).toBe(party.issuer);
  });
});
