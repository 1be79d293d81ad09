import { setTimeout as pause } from 'node:timers/promises';
import { Conformance, leftHalf } from '../../src/conformance.ts';
import { hangUp } from '../../src/http.ts';
import { askedBy } from '../../src/oidc-user.ts';
import { CALLBACK } from '../../src/relying-party.ts';
import { System } from '../../src/system.ts';

/*
 * The modules of the OpenID Foundation's plan `oidcc-basic-certification-test-plan` (static clients,
 * client_secret_basic), one test each, under the modules' own names: docs/conformance.md says what was taken over how.
 * Every request carries PKCE, since this provider takes none without it.
 */
describe('oidcc-basic-certification-test-plan', () => {
  let system: System;
  let suite: Conformance;
  const now = () => Math.floor(Date.now() / 1000);
  const wait = (seconds: number) => pause(seconds * 1000);
  const metadata = async () => (await suite.client.config()).serverMetadata();

  beforeAll(async () => {
    system = await System.boot('conformance', { reachable: true });
    suite = await Conformance.open(system);
  });
  beforeEach(() => void suite.fresh());
  afterAll(() => system?.close());

  it('oidcc-server: the whole flow; state, iss, an ID token that verifies, tokens that are answered uncached', async () => {
    const flow = await suite.authorize();
    const { searchParams } = flow.callback;
    expect(flow.callback.href.startsWith(`${CALLBACK}?`)).toBe(true);
    expect(searchParams.get('state')).toBe(flow.sent.state);
    expect(searchParams.get('iss')).toBe(suite.client.options.issuer);
    expect([...searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(searchParams.get('code')!.length).toBeGreaterThan(21); // RFC 6749 §10.10: at least 128 bit
    const { body, headers, status } = await suite.redeem(flow);
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) });
    const again = await suite.tokens();
    expect(again.claims.at_hash ?? leftHalf(again.body.access_token)).toBe(leftHalf(again.body.access_token));
  });

  it('oidcc-response-type-missing: an error, at the client or on a page', async () => {
    const { url } = await suite.client.request();
    url.searchParams.delete('response_type');
    const at = await suite.user.browser.open(url);
    if (at.left)
      expect(at.url.searchParams.get('error')).toMatch(/^(invalid_request|unsupported_response_type)$/);
    else expect([at.status, at.text]).toEqual([400, expect.stringContaining('response_type')]);
  });

  it('oidcc-userinfo-get', async () => {
    const { body, claims } = await suite.tokens();
    const { body: info, headers, status } = await suite.userinfo(body.access_token);
    expect([status, headers['content-type'], info.sub]).toEqual([
      200,
      'application/json; charset=utf-8',
      claims.sub,
    ]);
  });

  it('oidcc-userinfo-post-header', async () => {
    const { body, claims } = await suite.tokens();
    const authorization = `Bearer ${body.access_token}`;
    const { body: info, status } = await suite.client.post('userinfo_endpoint', {}, { authorization });
    expect([status, info.sub]).toEqual([200, claims.sub]);
  });

  it('oidcc-userinfo-post-body', async () => {
    const { body, claims } = await suite.tokens();
    const answer = await suite.client.post('userinfo_endpoint', { access_token: body.access_token });
    expect([answer.status, answer.body.sub]).toEqual([200, claims.sub]);
  });

  it('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    expect((await suite.tokens({ nonce: undefined })).claims.nonce).toBeUndefined();
  });

  it('oidcc-scope-profile', async () => {
    const { body, claims } = await suite.tokens({ scope: 'openid profile' });
    expect((await suite.userinfo(body.access_token)).body).toMatchObject({
      ...{ sub: claims.sub, name: expect.stringMatching(/^Person/) },
    });
  });

  it('oidcc-scope-email', async () => {
    const { body } = await suite.tokens({ scope: 'openid email' });
    expect((await suite.userinfo(body.access_token)).body).toMatchObject({
      ...{ email: suite.person.email, email_verified: true },
    });
  });

  it('oidcc-scope-address: skipped by the suite, the provider does not say it has the scope', async () => {
    expect((await metadata()).scopes_supported).not.toContain('address');
  });

  it('oidcc-scope-phone', async () => {
    const { body } = await suite.tokens({ scope: 'openid phone' });
    expect((await suite.userinfo(body.access_token)).body).toMatchObject({
      ...{ phone_number: suite.person.phoneNumber, phone_number_verified: true },
    });
  });

  it('oidcc-scope-all: without address, skipped by the suite; all others together', async () => {
    const { body } = await suite.tokens({ scope: 'openid profile email phone' });
    expect(Object.keys((await suite.userinfo(body.access_token)).body)).toEqual(
      expect.arrayContaining([
        'sub',
        'name',
        'email',
        'email_verified',
        'phone_number',
        'phone_number_verified',
      ]),
    );
  });

  it('oidcc-alternate-happy-flow: another redirect URI of the client, scopes in another order', async () => {
    const other = `${CALLBACK}?dummy1=lorem&dummy2=ipsum`;
    await suite.bank.change(suite.client, { redirectUris: [CALLBACK, other] });
    const flow = await suite.authorize({ redirect_uri: other, scope: 'email openid' });
    expect(flow.callback.href).toMatch(/^https:\/\/rp\.example\/callback\?dummy1=lorem&dummy2=ipsum&/);
    expect((await suite.redeem(flow, suite.client, { redirect_uri: other })).status).toBe(200);
  });

  it.each(['page', 'popup'])('oidcc-display-%s', async (display) => {
    expect((await suite.tokens({ display })).body.access_token).toBeDefined();
  });

  it('oidcc-prompt-login: the user signs in a second time, and auth_time says so', async () => {
    const first = await suite.tokens({ max_age: '10000' });
    await wait(1);
    const before = suite.user.seen.filter((asked) => asked === 'password').length;
    const second = await suite.tokens({ prompt: 'login', max_age: '10000' });
    expect(suite.user.seen.filter((asked) => asked === 'password')).toHaveLength(before + 1);
    expect(second.claims.auth_time).toBeGreaterThan(first.claims.auth_time!);
    expect(second.claims.sub).toBe(first.claims.sub);
  });

  it('oidcc-prompt-none-not-logged-in: login_required, without a page', async () => {
    const { callback, sent } = await suite.authorize({ prompt: 'none' });
    expect(suite.user.seen).toEqual([]);
    expect(callback.searchParams.get('error')).toMatch(
      /^(login|interaction|consent|account_selection)_required$/,
    );
    expect(callback.searchParams.get('state')).toBe(sent.state);
    expect(callback.searchParams.has('code')).toBe(false);
  });

  it('oidcc-prompt-none-logged-in: the same sub and auth_time, without a page', async () => {
    const first = await suite.tokens({ max_age: '10000' });
    const pages = suite.user.seen.length;
    const second = await suite.tokens({ prompt: 'none', max_age: '10000' });
    expect(suite.user.seen).toHaveLength(pages);
    expect([second.claims.sub, second.claims.auth_time]).toEqual([first.claims.sub, first.claims.auth_time]);
  });

  it('oidcc-max-age-1: a second later the user signs in again, and auth_time says so', async () => {
    const first = await suite.tokens();
    await wait(2);
    const before = suite.user.seen.filter((asked) => asked === 'password').length;
    const { claims } = await suite.tokens({ max_age: '1' });
    expect(suite.user.seen.filter((asked) => asked === 'password')).toHaveLength(before + 1);
    expect([claims.sub, Math.abs(now() - claims.auth_time!) < 15]).toEqual([first.claims.sub, true]);
  });

  it('oidcc-max-age-10000: nobody is asked again, auth_time stays', async () => {
    const first = await suite.tokens({ max_age: '15000' });
    const pages = suite.user.seen.length;
    const { claims } = await suite.tokens({ max_age: '10000' });
    expect([suite.user.seen.length, claims.auth_time]).toEqual([pages, first.claims.auth_time]);
  });

  it('oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
    expect((await suite.tokens({ extra: 'foobar' })).body.access_token).toBeDefined();
  });

  it('oidcc-id-token-hint: with prompt=none, the user it names', async () => {
    const first = await suite.tokens();
    const { claims } = await suite.tokens({ prompt: 'none', id_token_hint: first.body.id_token });
    expect(claims.sub).toBe(first.claims.sub);
  });

  it('oidcc-login-hint: the name stands in the form', async () => {
    const at = await suite.open({ login_hint: suite.person.username });
    expect(askedBy(at)).toBe('password');
    expect(at.forms[0]?.fields.find(({ name }) => name === 'username')?.value).toBe(suite.person.username);
    expect((await suite.user.through(at)).url.searchParams.has('code')).toBe(true);
  });

  it('oidcc-ui-locales', async () => {
    expect((await suite.tokens({ ui_locales: 'se' })).body.access_token).toBeDefined();
  });

  it('oidcc-claims-locales', async () => {
    expect((await suite.tokens({ claims_locales: 'se' })).body.access_token).toBeDefined();
  });

  it('oidcc-ensure-request-with-acr-values-succeeds: one the provider has is honoured', async () => {
    const wanted = (await metadata()).acr_values_supported?.[0] ?? '1 2';
    const { claims } = await suite.tokens({ acr_values: wanted });
    expect(claims.acr).toBe(wanted);
    await suite.tokens({ acr_values: '1 2' });
  });

  it('oidcc-codereuse: invalid_grant, and what came of the code is worth nothing any more', async () => {
    const flow = await suite.authorize();
    const first = await suite.redeem(flow);
    const { body, status } = await suite.redeem(flow);
    expect([first.status, status, body.error]).toEqual([200, 400, 'invalid_grant']);
    expect((await suite.userinfo(first.body.access_token)).status).toBe(401);
  });

  it('oidcc-codereuse-30seconds: invalid_grant; the code is forgotten by then, what came of it is not (a warning)', async () => {
    const flow = await suite.authorize();
    const { body } = await suite.redeem(flow);
    hangUp(); // kept connections are closed by then
    await wait(31);
    const again = await suite.redeem(flow);
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    expect((await suite.userinfo(body.access_token)).status).toBe(200);
  }, 60_000);

  it('oidcc-ensure-registered-redirect-uri: a page of the provider, no redirect', async () => {
    const at = await suite.open({ redirect_uri: `${CALLBACK}/other` });
    expect([at.left, at.status]).toEqual([false, 400]);
    expect(at.text).toContain('redirect_uri');
  });

  it('oidcc-ensure-post-request-succeeds', async () => {
    const sent = await suite.client.request();
    const body = sent.url.searchParams.toString();
    const arrival = await suite.user.browser.post(new URL(sent.url.origin + sent.url.pathname), body);
    const callback = (await suite.user.through(arrival)).url;
    expect((await suite.redeem({ sent, callback })).status).toBe(200);
  });

  it('oidcc-server-client-secret-post', async () => {
    const flow = await suite.authorize();
    const { clientId, clientSecret = '' } = suite.client.options;
    const { status } = await suite.client.token({
      ...{ grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: flow.sent.verifier },
      code: flow.callback.searchParams.get('code')!,
      ...{ client_id: clientId, client_secret: clientSecret },
    });
    expect(status).toBe(200);
    expect((await metadata()).token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['client_secret_post', 'client_secret_basic']),
    );
  });

  /** An unsigned request object (RFC 9101 §10.1 warns of them). */
  const unsigned = (claims: object) =>
    [{ alg: 'none' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.') + '.';

  it('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
    const { callback } = await suite.authorize({ request: unsigned({ state: 'other' }) });
    expect(callback.searchParams.get('error')).toBe('request_not_supported');
  });

  it('oidcc-claims-essential: an essential name is in userinfo', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const { body } = await suite.tokens({ claims });
    expect((await suite.userinfo(body.access_token)).body.name).toMatch(/^Person/);
  });

  it('oidcc-ensure-request-object-with-redirect-uri: the object is refused, nobody is sent to what it names', async () => {
    const evil = 'https://evil.example/callback';
    const at = await suite.open({ request: unsigned({ redirect_uri: evil }) });
    expect(at.url.href).not.toContain('evil');
    expect(at.url.searchParams.get('error') ?? at.text).toContain('request');
  });

  it('oidcc-refresh-token: a new access token for the same user; never for another client', async () => {
    const scope = 'openid offline_access';
    const first = await suite.tokens({ scope, prompt: 'consent' });
    const grant = (refresh_token: string) => ({ grant_type: 'refresh_token', refresh_token });
    const { body, status } = await suite.client.token(grant(first.body.refresh_token), suite.client.basic());
    expect([status, (await suite.userinfo(body.access_token)).body.sub]).toEqual([200, first.claims.sub]);
    const other = await suite.tokens({ scope, prompt: 'consent' }, suite.second);
    const stolen = await suite.client.token(grant(other.body.refresh_token), suite.client.basic());
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    expect((await metadata()).code_challenge_methods_supported).toEqual(['S256']);
    expect((await suite.tokens()).body.access_token).toBeDefined();
  });
});
