import * as oidc from 'openid-client';
import type { Arrival } from '../../src/form-browser.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';
import { askedBy, OidcUser } from '../../src/oidc-user.ts';
import { Phone } from '../../src/phone.ts';
import { CALLBACK, RelyingParty, type Sent } from '../../src/relying-party.ts';
import { System } from '../../src/system.ts';

const SECOND_FACTOR = 'openid 2fa';
/** What a request of somebody else's client would be after. */
const EVIL = 'https://evil.example/callback';

/** Seed 004 on the wire, by a client that knows nothing of us; the user's browser has no scripts. */
describe('`openid 2fa` through the gateway', () => {
  let system: System;
  let bank: OidcBank;
  let shop: RelyingParty;
  let app: RelyingParty;

  beforeAll(async () => {
    system = await System.boot('second_factor');
    bank = await OidcBank.open(system);
    shop = await bank.client();
    app = await bank.client({
      settings: { kind: 'public', name: 'App', scopes: ['openid', 'profile', '2fa'] },
    });
  });
  afterAll(() => system?.close());

  const visitor = (person: Person) => new OidcUser(bank.browser(), person, new Phone(system));

  /** Somebody with an image passcode, which the shop had them make. */
  const enrolled = async (): Promise<OidcUser> => {
    const user = visitor(await bank.person());
    const { url } = await shop.pushed({
      scope: `${SECOND_FACTOR} 2fa_link`,
      login_hint: user.person.username,
    });
    if (!(await user.visit(url)).left) throw new Error('has no passcode');
    user.browser.clear();
    return user;
  };
  let dana: OidcUser;
  beforeAll(async () => {
    dana = await enrolled();
  });
  beforeEach(() => {
    dana.browser.clear();
    dana.seen.length = 0;
  });

  const about = (user: OidcUser, more: Record<string, string | undefined> = {}) => ({
    ...{ scope: SECOND_FACTOR, login_hint: user.person.username },
    ...more,
  });
  /** The whole challenge: what was sent, and where the browser came back to. */
  const challenged = async (
    user: OidcUser,
    party = shop,
    more: Record<string, string | undefined> = {},
  ): Promise<{ sent: Sent; callback: URL }> => {
    const sent = await party.request(about(user, more));
    const { left, url, text } = await user.visit(sent.url);
    if (!left) throw new Error(`stayed at ${url.href}: ${text}`);
    return { sent, callback: url };
  };
  /** A redemption as it is written here. */
  const redeem = (
    { sent, callback }: { sent: Sent; callback: URL },
    changed: Record<string, string> = {},
    proof = shop.basic(),
  ) =>
    shop.token(
      {
        ...{ grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: sent.verifier },
        ...{ code: callback.searchParams.get('code') ?? '', ...changed },
      },
      proof,
    );
  const errorOf = ({ left, url }: Arrival) => (left ? url.searchParams.get('error') : undefined);

  it('V1: the challenge is for the user of login_hint: somebody else’s images, name or session complete nothing', async () => {
    const robin = await enrolled();
    const sent = await shop.request(about(dana));
    // robin is signed in here already
    const { browser } = robin;
    expect((await robin.visit((await shop.request({ scope: 'openid' })).url)).left).toBe(true);
    const at = await browser.open(sent.url);
    expect([askedBy(at), at.text.includes(dana.person.username)]).toEqual(['passcode', true]);
    const hers = await browser.submit({ ...robin.picksFor(at, { ...robin.picks }) });
    expect(hers.left).toBe(false);
    const asRobin = await browser.send(
      hers.forms[0]!,
      { ...robin.picksFor(hers, { ...robin.picks }), username: robin.person.username },
      'Continue',
    );
    expect([asRobin.left, asRobin.text.includes(dana.person.username)]).toEqual([false, true]);
  });

  it('V1, RFC 9126: a pushed hint is for whom the client said; the browser cannot name somebody else', async () => {
    const sent = await shop.pushed(about(dana));
    sent.url.searchParams.set('login_hint', 'robin');
    const at = await dana.browser.open(sent.url);
    expect([askedBy(at), at.text.includes(dana.person.username)]).toEqual(['passcode', true]);
    const { claims } = await shop.redeem((await dana.through(at)).url, sent);
    expect(claims?.preferred_username).toBe(dana.person.username);
  });

  it('V2: code and state come to the registered redirect URI; to any other one nobody is sent', async () => {
    const { sent, callback } = await challenged(dana);
    expect(callback.href.startsWith(`${CALLBACK}?`)).toBe(true);
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(callback.searchParams.get('state')).toBe(sent.state);
    for (const other of [EVIL, `${CALLBACK}/`, `${CALLBACK}?a=1`, 'http://rp.example/callback']) {
      const at = await dana.browser.open((await shop.request(about(dana, { redirect_uri: other }))).url);
      expect([at.left, at.status, at.headers.location]).toEqual([false, 400, undefined]);
    }
  });

  it('V3: the token endpoint answers id_token, token_type and expires_in, and nothing else is kept', async () => {
    const tokens = () =>
      system.rows('oidc-broker', `SELECT kind FROM oidc_records WHERE kind ~ '(Access|Refresh)Token'`);
    const before = await tokens();
    const { sent, callback } = await challenged(dana);
    const { answer } = await shop.redeem(callback, sent);
    expect(answer).toEqual({
      id_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    });
    expect(await tokens()).toHaveLength(before.length);
  });

  it('V4: the ID token verifies by EdDSA and the JWKS; iss, aud, exp, iat, nonce, sub, acr and amr are right', async () => {
    const { sent, callback } = await challenged(dana);
    // openid-client fetches the keys and verifies signature, iss, aud, exp, iat and nonce
    const { answer, claims } = await shop.redeem(callback, sent);
    const header = JSON.parse(
      Buffer.from(String(answer.id_token).split('.')[0]!, 'base64url').toString('utf8'),
    );
    expect(header).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
    const { keys } = (await shop.get('jwks_uri')).body;
    const key = keys.find(({ kid }: { kid: string }) => kid === header.kid);
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519' });
    expect(key.d).toBeUndefined();
    const now = Date.now() / 1000;
    expect(claims).toMatchObject({
      ...{ iss: shop.options.issuer, aud: shop.options.clientId, nonce: sent.nonce },
      ...{ acr: 'aal1', amr: ['kba'], preferred_username: dana.person.username },
    });
    expect(Math.abs(claims!.iat - now)).toBeLessThan(30);
    expect(claims!.exp - claims!.iat).toBe(answer.expires_in);
    // the same subject as in an ordinary sign-in at the same client
    const ordinary = await shop.request();
    const back = await dana.visit(ordinary.url);
    expect((await shop.redeem(back.url, ordinary)).claims?.sub).toBe(claims!.sub);
  });

  it('V5: no PKCE, or plain: invalid_request', async () => {
    for (const params of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge_method: 'plain' },
      { code_challenge_method: undefined },
    ]) {
      const at = await dana.browser.open((await shop.request(about(dana, params))).url);
      expect(errorOf(at)).toBe('invalid_request');
    }
  });

  it('V5: a missing or wrong code_verifier, redirect_uri, secret or client redeems nothing', async () => {
    const wrong: [string, Record<string, string>][] = [
      ['no verifier', { code_verifier: '' }],
      ['verifier', { code_verifier: oidc.randomPKCECodeVerifier() }],
      ['redirect_uri', { redirect_uri: EVIL }],
    ];
    for (const [what, changed] of wrong) {
      const { body, status } = await redeem(await challenged(dana), changed);
      expect([what, status]).toEqual([what, 400]);
      expect(body.error).toMatch(/^invalid_(grant|request)$/);
      expect(body.id_token).toBeUndefined();
    }
    const flow = await challenged(dana);
    const stranger = await redeem(flow, {}, shop.basic('wrong'));
    expect([stranger.status, stranger.body.error]).toEqual([401, 'invalid_client']);
    const other = await bank.client();
    const theirs = await redeem(flow, {}, other.basic());
    expect([theirs.status, theirs.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('V5: a code that was used, or is 30 s old, is invalid_grant', async () => {
    const used = await challenged(dana);
    expect((await redeem(used)).status).toBe(200);
    expect((await redeem(used)).body.error).toBe('invalid_grant');
    const late = await challenged(dana);
    const [row] = await system.rows<{ seconds: number }>(
      'oidc-broker',
      `SELECT extract(epoch FROM expires_at - clock_timestamp())::float AS seconds FROM oidc_records
       WHERE kind = 'AuthorizationCode' AND consumed_at IS NULL ORDER BY expires_at DESC LIMIT 1`,
    );
    expect(row!.seconds).toBeGreaterThan(20);
    expect(row!.seconds).toBeLessThanOrEqual(30);
    await system.rows(
      'oidc-broker',
      `UPDATE oidc_records SET expires_at = clock_timestamp() WHERE kind = 'AuthorizationCode'`,
    );
    const { body, status } = await redeem(late);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('V6: without nonce, and without login_hint, there is no challenge', async () => {
    for (const missing of ['nonce', 'login_hint']) {
      const at = await dana.browser.open((await shop.request(about(dana, { [missing]: undefined }))).url);
      expect([missing, errorOf(at)]).toEqual([missing, 'invalid_request']);
      expect(at.url.searchParams.has('code')).toBe(false);
    }
  });

  it('V7: a callback of an unknown state is refused, and so is an ID token of another nonce', async () => {
    const first = await challenged(dana);
    const second = await challenged(dana);
    const because = (what: string) => ({ cause: { message: expect.stringContaining(what) } });
    await expect(shop.redeem(first.callback, second.sent)).rejects.toMatchObject(because('"state"'));
    // an attacker who can write the state still has a code of another nonce (and of another verifier)
    const mixed = { ...first.sent, nonce: second.sent.nonce };
    await expect(shop.redeem(first.callback, mixed)).rejects.toMatchObject(because('"nonce"'));
    await expect(shop.redeem(first.callback, first.sent)).rejects.toMatchObject({ error: 'invalid_grant' });
    const forged = new URL(second.callback);
    forged.searchParams.set('iss', 'https://evil.example');
    await expect(shop.redeem(forged, second.sent)).rejects.toMatchObject(because('"iss"'));
  });

  it('V8: without 2fa a regular client gets an access and an ID token, and a refresh token for offline_access', async () => {
    const sent = await shop.request({ scope: 'openid profile offline_access', prompt: 'consent' });
    const back = await dana.visit(sent.url);
    expect(dana.seen).toEqual(['password', 'consent']);
    const { answer, claims } = await shop.redeem(back.url, sent);
    expect(Object.keys(answer).sort()).toEqual([
      ...['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type'],
    ]);
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1' });
    const info = await shop.userinfo(String(answer.access_token), claims!.sub);
    expect(info.name).toMatch(/^Person/);
    const refreshed = await shop.refresh(String(answer.refresh_token));
    expect(refreshed.refresh_token).not.toBe(answer.refresh_token);
    await expect(shop.refresh(String(answer.refresh_token))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    // and with 2fa none of it may be asked for
    const greedy = await shop.request(about(dana, { scope: `${SECOND_FACTOR} offline_access` }));
    expect(errorOf(await dana.browser.open(greedy.url))).toBe('invalid_scope');
  });

  it('V9: discovery lists what there is, in both orders of the path', async () => {
    const metadata = (await shop.config()).serverMetadata();
    const issuer = bank.issuer();
    expect(metadata).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/.well-known/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
    expect(metadata.scopes_supported).toEqual(
      expect.arrayContaining(['openid', 'profile', 'email', '2fa', '2fa_link']),
    );
    expect(metadata.id_token_signing_alg_values_supported).toContain('EdDSA');
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['client_secret_post', 'client_secret_basic', 'none']),
    );
    expect(metadata.acr_values_supported).toEqual(expect.arrayContaining(['aal1', 'aal2']));
    // the seed's sample has the application last
    const { origin } = new URL(issuer);
    const sent = await shop.request(about(dana));
    const seeds = new URL(`${origin}/oidc/authorize/${bank.appId}${sent.url.search}`);
    const back = await dana.visit(seeds);
    expect((await shop.redeem(back.url, sent)).claims?.iss).toBe(issuer);
  });

  it('V10: a wrong sequence yields no code; the fifth ends the login, the tenth locks the passcode everywhere', async () => {
    const robin = await enrolled();
    const wrongPicks = (at: Arrival) => {
      const values = new Map<string, string>();
      for (const { name, value } of at.forms.flatMap(({ fields }) => fields))
        if (/^round-/.test(name) && value !== robin.picks[name]) values.set(name, value);
      return Object.fromEntries(values);
    };
    for (const login of [1, 2]) {
      let at = await robin.browser.open((await shop.request(about(robin))).url);
      for (let tries = 1; tries <= 5; tries++) {
        expect([login, tries, at.left]).toEqual([login, tries, false]);
        at = await robin.browser.submit(wrongPicks(at));
      }
      expect([errorOf(at), at.url.searchParams.has('code')]).toEqual(['access_denied', false]);
    }
    // now the right one is as wrong as any
    const at = await robin.browser.open((await shop.request(about(robin))).url);
    expect((await robin.browser.submit(robin.picksFor(at))).left).toBe(false);
  });

  it('V11: 2fa_link is refused for public clients and without 2fa', async () => {
    const link = (scope: string) => ({ scope, login_hint: 'somebody-new' });
    // none may be registered with it, and one that asks for it all the same is refused, too
    await expect(bank.client({ settings: { kind: 'public' } })).rejects.toThrow(/^answered 400/);
    for (const [party, scope] of [
      [app, `${SECOND_FACTOR} 2fa_link`],
      [shop, 'openid 2fa_link'],
    ] as const) {
      const at = await dana.browser.open((await party.request(link(scope))).url);
      expect(errorOf(at)).toBe('invalid_scope');
    }
  });

  it('V11: a link is asked for by PAR, for somebody: a browser makes nobody’s factor', async () => {
    const link = { scope: `${SECOND_FACTOR} 2fa_link`, login_hint: 'somebody-new' };
    const at = await dana.browser.open((await shop.request(link)).url);
    expect(errorOf(at)).toBe('invalid_request');
    for (const login_hint of [undefined, ' '])
      await expect(shop.pushed({ ...link, login_hint })).rejects.toMatchObject({ error: 'invalid_request' });
    for (const [settings, field] of [
      [{ hint: 'ask' }, 'hint'],
      [{ scopes: [] }, 'scopes'],
    ] as const)
      await expect(bank.client({ settings })).rejects.toThrow(new RegExp(`^answered 400.*"${field}"`, 's'));
  });

  it('V11: it makes a user with a passcode once, and never replaces a passcode', async () => {
    const newcomer = visitor({ username: `new-${Date.now()}`, password: '' });
    const link = async () => (await shop.pushed(about(newcomer, { scope: `${SECOND_FACTOR} 2fa_link` }))).url;
    expect((await newcomer.visit(await link())).left).toBe(true);
    expect(newcomer.seen).toEqual(['passcode', 'passcode']);
    const { sent, callback } = await challenged(newcomer);
    expect((await shop.redeem(callback, sent)).claims).toMatchObject({
      preferred_username: newcomer.person.username,
    });
    newcomer.seen.length = 0;
    newcomer.browser.clear();
    expect((await newcomer.visit(await link())).left).toBe(true);
    // once: the challenge
    expect(newcomer.seen).toEqual(['passcode']);
  });

  it('V3, V5: a public client proves itself by PKCE alone', async () => {
    const { sent, callback } = await challenged(dana, app);
    const { answer, claims } = await app.redeem(callback, sent);
    expect(Object.keys(answer).sort()).toEqual(['expires_in', 'id_token', 'token_type']);
    expect(claims?.aud).toBe(app.options.clientId);
  });
});
