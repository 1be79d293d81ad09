import { Journey } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { Browser, partsOf, type Registered } from '../../test/relying-party.ts';

/** Claims that clients ask for by name: the `claims` parameter goes around no scope (C4; OpenID Connect Core §5.5). */
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const EMAIL = { email: 'dana@example.org', email_verified: true };
const PHONE = { phone_number: '+4915112345678', phone_number_verified: true };

beforeAll(async () => {
  await broker.open();
  const flows = await MfaFlows.of(broker);
  const answer = broker.neighbours.flows;
  const contacts = { ...{ email: EMAIL.email, emailVerified: true }, phoneNumber: PHONE.phone_number };
  broker.neighbours.flows = async (asked) =>
    /^\/internal\/users\/[\w-]+\/contacts\?/.test(asked.url)
      ? { status: 200, body: { ...contacts, phoneVerified: true } }
      : answer?.(asked);
  flows.withPhone.add('dana');
  const dana = { username: 'dana', password: 'orange boat sails north', name: 'Dana' };
  await demo.manage('POST', '/v1/directory/users', dana);
}, 60_000);
afterEach(() => protect('email', undefined));
afterAll(() => broker.close());

const protect = (scope: string, mfa: object | undefined) =>
  demo.manage('PUT', `/v1/scopes/${scope}`, { ...(mfa && { mfa }) });

const wants = (...names: string[]) => {
  const members = Object.fromEntries(names.map((name) => [name, { essential: true }]));
  return JSON.stringify({ id_token: members, userinfo: members });
};
const ALL = wants('name', 'email', 'phone_number', 'preferred_username');
const PERSONAL = ['name', 'preferred_username', ...Object.keys(EMAIL), ...Object.keys(PHONE)];

const personal = (claims: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => PERSONAL.includes(name)));

/** What the client learns: from the ID token, and from userinfo. */
async function told(journey: Journey) {
  const { json } = await journey.party.redeem(journey.callback.code ?? '');
  const idToken = personal(partsOf(json.id_token as string).claims);
  return { json, idToken, userinfo: personal((await journey.party.userinfo(json.access_token)).json) };
}

const signedIn = async (client: Registered, changed: Record<string, string>, browser?: Browser) =>
  (await Journey.begin(broker, client, changed, browser)).signIn('dana');

describe('claims asked for by name', () => {
  it('C4: are told only where a scope of the client opens them', async () => {
    const poor = await told(await signedIn(await demo.client({ scopes: ['openid'] }), { claims: ALL }));
    expect([poor.idToken, poor.userinfo]).toEqual([{}, {}]);
    const known = await demo.client({ scopes: ['openid', 'profile', 'phone'] });
    const { idToken, userinfo } = await told(await signedIn(known, { claims: ALL }));
    const both = { name: 'Dana', phone_number: PHONE.phone_number };
    expect([idToken, userinfo]).toEqual([both, both]);
  });

  it('C4: of a protected scope only with that scope, which waits for its code', async () => {
    const client = await demo.client({ scopes: ['openid', 'email'] });
    await protect('email', { policy: 'mfa' });
    const bare = await told(await signedIn(client, { claims: ALL }));
    expect([bare.idToken, bare.userinfo]).toEqual([{}, {}]);
    const asking = { claims: wants('email'), scope: 'openid email' };
    const without = await signedIn(client, asking);
    expect(without.heading).toBe('Confirm that it is you');
    await without.fill({ action: 'without' });
    const less = await told(without);
    expect([less.json.scope, less.idToken, less.userinfo]).toEqual(['openid', {}, {}]);
    const journey = await signedIn(client, asking);
    await journey.mfa(CODE);
    const all = await told(journey);
    expect([all.idToken, all.userinfo]).toEqual([{ email: EMAIL.email }, EMAIL]);
    // the grant knows of it now, and the next request does not ask for the scope
    const later = await Journey.begin(broker, client, { claims: ALL }, journey.browser);
    const again = await told(later);
    expect([again.idToken, again.userinfo]).toEqual([{}, {}]);
  });

  it('C4: by what was issued before, only as long as scopes and client say so', async () => {
    const scopes = ['openid', 'profile', 'email', 'offline_access'];
    const grantTypes = ['authorization_code', 'refresh_token'];
    const client = await demo.client({ scopes, grantTypes });
    const asking = { claims: wants('name', 'email'), scope: 'openid offline_access', prompt: 'consent' };
    const journey = await signedIn(client, asking);
    await journey.fill({ claims: 'yes', 'scope:offline_access': 'yes' });
    const { json, idToken } = await told(journey);
    const both = { name: 'Dana', email: EMAIL.email };
    expect(idToken).toEqual(both);
    const { party } = journey;
    let refreshToken = json.refresh_token as string;
    const learned = async () => {
      const next = (await party.refresh(refreshToken)).json;
      refreshToken = next.refresh_token;
      const shown = await Promise.all([next, json].map((one) => party.userinfo(one.access_token)));
      return [partsOf(next.id_token).claims, ...shown.map((one) => one.json)].map(personal);
    };
    expect(await learned()).toEqual([both, both, both]);
    await protect('email', { policy: 'mfa' });
    expect(await learned()).toEqual(Array(3).fill({ name: 'Dana' }));
    await protect('email', undefined);
    expect(await learned()).toEqual([both, both, both]);
    await demo.manage('PATCH', `/v1/clients/${client.clientId}`, { scopes: ['openid', 'offline_access'] });
    expect(await learned()).toEqual([{}, {}, {}]);
  });

  it('C4: of a scope that was turned down since, by a refresh token neither', async () => {
    const scopes = ['openid', 'email', 'offline_access'];
    const grantTypes = ['authorization_code', 'refresh_token'];
    const client = await demo.client({ scopes, grantTypes, consent: 'ask' });
    await protect('email', { policy: 'mfa' });
    const all = { 'scope:email': 'yes', 'scope:offline_access': 'yes', claims: 'yes' };
    const asking = { claims: wants('email'), scope: 'openid email offline_access', prompt: 'consent' };
    const journey = await signedIn(client, asking);
    await (await journey.fill(all)).mfa(CODE);
    const first = await told(journey);
    expect(first.idToken).toEqual({ email: EMAIL.email });
    const again = await Journey.begin(broker, client, asking, journey.browser);
    await again.fill({ 'scope:offline_access': 'yes' });
    expect((await told(again)).idToken).toEqual({});
    const { json } = await journey.party.refresh(first.json.refresh_token);
    expect(personal(partsOf(json.id_token).claims)).toEqual({});
  });

  it('C4: nobody is asked about what would not be told', async () => {
    const client = await demo.client({ scopes: ['openid', 'profile', 'email'], consent: 'ask' });
    await protect('email', { policy: 'mfa' });
    const journey = await signedIn(client, { claims: ALL });
    expect(journey.page.text).toContain('Know about you: your name<');
    await journey.fill({ claims: 'yes' });
    expect((await told(journey)).idToken).toEqual({ name: 'Dana' });
    const other = await demo.client({ scopes: ['openid'] });
    expect((await signedIn(other, { claims: ALL, prompt: 'consent' })).page.text).not.toContain('Know about');
  });
});
