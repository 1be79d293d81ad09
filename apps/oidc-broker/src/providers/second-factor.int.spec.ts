import { OidcBroker } from '../../test/oidc-broker.ts';
import { Browser, callbackOf, partsOf, type Registered } from '../../test/relying-party.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
let dana: KnownUser;
let erin: KnownUser;
let client: Registered;
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
  [dana, erin] = [await demo.user('dana'), await demo.user('erin')];
  const scopes = ['openid', '2fa', '2fa_link', 'profile', 'offline_access'];
  client = await demo.client({ scopes, grantTypes: ['authorization_code', 'refresh_token'] });
});
afterAll(() => broker.close());

const kinds = async () => {
  const rows = await broker.service.database.query<{ kind: string }>(
    'SELECT DISTINCT kind FROM oidc_records WHERE consumed_at IS NULL ORDER BY kind',
  );
  return rows.map(({ kind }) => kind);
};
const clear = () => broker.service.database.query('DELETE FROM oidc_records');

describe('openid 2fa', () => {
  it('seed V2, V3, V4, OP-11: answers exactly id_token, token_type and expires_in, and keeps nothing', async () => {
    await clear();
    const party = demo.relyingParty(client);
    const callback = await demo.secondFactor(party, dana);
    expect(callback).toEqual({ code: expect.any(String), state: party.state, iss: party.issuer });
    expect(await kinds()).toEqual(['AuthorizationCode']);
    const { status, json } = await party.redeem(callback.code ?? '');
    expect(status).toBe(200);
    expect(json).toEqual({ id_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    expect(await kinds()).toEqual([]);
    const { header, claims } = partsOf(json.id_token);
    expect(header.alg).toBe('EdDSA');
    expect(claims).toEqual({
      ...{ iss: party.issuer, aud: client.clientId, sub: dana.userId, preferred_username: 'dana' },
      ...{ nonce: party.nonce, acr: 'aal1', amr: ['kba'], auth_time: expect.any(Number) },
      ...{ iat: expect.any(Number), exp: (claims.iat as number) + 3600 },
    });
  });

  it('seed V5: its code works once, with its verifier, redirect_uri and secret', async () => {
    const fresh = async () => {
      const party = demo.relyingParty(client);
      return { party, code: (await demo.secondFactor(party, dana)).code ?? '' };
    };
    for (const changed of [
      { code_verifier: undefined },
      { code_verifier: 'y'.repeat(64) },
      { redirect_uri: 'https://shop.example/other' },
    ]) {
      const { party, code } = await fresh();
      expect((await party.redeem(code, changed)).json.error).toBe('invalid_grant');
    }
    const { party, code } = await fresh();
    expect((await party.redeem(code, { client_secret: 'cs_x' })).status).toBe(401);
    const answers = await Promise.all([1, 2, 3, 4].map(() => party.redeem(code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
  });

  it('V1: a factor of another user than the hinted one gives no code', async () => {
    const party = demo.relyingParty(client);
    const browser = new Browser(broker);
    const page = await browser.follow(party.authorizeUrl({ scope: 'openid 2fa', login_hint: 'dana' }));
    const { error, code } = callbackOf(await demo.settle(browser, page, demo.shown(erin)));
    expect([error, code]).toEqual(['access_denied', undefined]);
  });

  it('the hint is compared as usernames are', async () => {
    const party = demo.relyingParty(client);
    expect((await demo.secondFactor(party, dana, { changed: { login_hint: ' DANA' } })).code).toBeDefined();
  });

  it('neither reads nor leaves a session: one that is there stays whose it is', async () => {
    const browser = new Browser(broker);
    const party = demo.relyingParty(await demo.client());
    await demo.signIn(party, 'erin', { browser });
    const cookies = JSON.stringify([...browser.cookies]);
    const asking = demo.relyingParty(client);
    const page = await browser.follow(asking.authorizeUrl({ scope: 'openid 2fa', login_hint: 'dana' }));
    expect(page.at).toContain('/interaction/');
    expect(callbackOf(await demo.settle(browser, page, demo.shown(dana))).code).toBeDefined();
    const session = [...browser.cookies].filter(([name]) => name === 'oidc-demo');
    expect(cookies).toContain(session[0]?.[1].value);
    const again = callbackOf(
      await browser.follow(demo.relyingParty(party.client).authorizeUrl({ prompt: 'none' })),
    );
    expect(again.code).toBeDefined();
  });

  it('a login’s session is no second factor, and a second factor no login (ADR 0031)', async () => {
    const browser = new Browser(broker);
    await demo.signIn(demo.relyingParty(await demo.client()), 'dana', { browser });
    const party = demo.relyingParty(client);
    const none = { scope: 'openid 2fa', login_hint: 'dana', prompt: 'none' };
    expect(callbackOf(await browser.follow(party.authorizeUrl(none))).error).toBe('login_required');
    const page = await browser.follow(party.authorizeUrl({ scope: 'openid 2fa', login_hint: 'dana' }));
    const { login } = { login: { accountId: dana.userId, ts: 1, amr: ['pwd'], acr: 'aal1' } };
    expect(callbackOf(await demo.settle(browser, page, { login })).error).toBe('access_denied');
    const other = new Browser(broker);
    const regular = demo.relyingParty(await demo.client());
    const form = await other.follow(regular.authorizeUrl());
    expect(callbackOf(await demo.settle(other, form, demo.shown(dana))).error).toBe('access_denied');
  });

  it('a disabled user gets none, also with a code in hand', async () => {
    const fay = await demo.user('fay');
    const party = demo.relyingParty(client);
    const { code = '' } = await demo.secondFactor(party, fay);
    await demo.manage('PATCH', '/v1/directory/users/fay', { enabled: false });
    expect((await party.redeem(code)).json.error).toBe('invalid_grant');
  });

  it.each([
    { prompt: 'login' },
    { prompt: 'consent' },
    { max_age: '0' },
    { max_age: '60' },
    { email_hint: 'a@b.example' },
  ])('is asked once with %j', async (changed) => {
    const { code, error } = await demo.secondFactor(demo.relyingParty(client), dana, { changed });
    expect([typeof code, error]).toEqual(['string', undefined]);
  });

  it('ST-15: does not reach aal2, and says so', async () => {
    const { error } = await demo.secondFactor(demo.relyingParty(client), dana, {
      changed: { acr_values: 'aal2' },
    });
    expect(error).toBe('unmet_authentication_requirements');
  });
});

describe('requests for a second factor', () => {
  const answerTo = async (changed: Record<string, string | undefined>, asked = client) => {
    const party = demo.relyingParty(asked);
    const url = party.authorizeUrl({ scope: 'openid 2fa', login_hint: 'dana', ...changed });
    return callbackOf(await new Browser(broker).follow(url));
  };

  it.each<[string, Record<string, string | undefined>, string]>([
    ['V6: without nonce', { nonce: undefined }, 'invalid_request'],
    ['V1: without login_hint', { login_hint: undefined }, 'invalid_request'],
    ['with an empty login_hint', { login_hint: '' }, 'invalid_request'],
    ['with a blank login_hint', { login_hint: ' ' }, 'invalid_request'],
    ['with a login_hint that is nobody’s name', { login_hint: 'a\u0007b' }, 'invalid_request'],
    ['V11: 2fa_link in the front channel', { scope: 'openid 2fa 2fa_link' }, 'invalid_request'],
    ['OP-11: with offline_access', { scope: 'openid 2fa offline_access' }, 'invalid_scope'],
    ['OP-11: with another scope', { scope: 'openid 2fa profile' }, 'invalid_scope'],
    ['OP-11: with a scope that is not there', { scope: 'openid 2fa nothing' }, 'invalid_scope'],
    ['OP-11: without openid', { scope: '2fa', nonce: undefined }, 'invalid_scope'],
    ['V11: 2fa_link without 2fa', { scope: 'openid 2fa_link' }, 'invalid_scope'],
    [
      'OP-03: without PKCE',
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ],
    ['OP-03: with plain', { code_challenge_method: 'plain' }, 'invalid_request'],
  ])('%s is refused', async (_case, changed, error) => {
    const answer = await answerTo(changed);
    expect([answer.error, answer.code]).toEqual([error, undefined]);
    expect(answer.iss).toBe('http://localhost:4000/oidc/demo');
  });

  it('V11: 2fa_link is for confidential clients', async () => {
    const asked = await demo.client({ kind: 'public', scopes: ['openid', '2fa'] });
    expect((await answerTo({ scope: 'openid 2fa 2fa_link' }, asked)).error).toBe('invalid_scope');
  });

  it('a client that is set to ask need not hint', async () => {
    const asked = await demo.client({ scopes: ['openid', '2fa'], hint: 'ask' });
    const party = demo.relyingParty(asked);
    const page = await new Browser(broker).follow(party.authorizeUrl({ scope: 'openid 2fa' }));
    expect([page.status, page.at.includes('/interaction/')]).toEqual([200, true]);
  });

  it('V11: a link is of whom its client names, by PAR or where the client opted out of that', async () => {
    const link = { scope: 'openid 2fa 2fa_link', login_hint: 'newcomer' };
    const party = demo.relyingParty(client);
    for (const login_hint of [undefined, ' '])
      expect((await party.post('par', party.parameters({ ...link, login_hint }))).json.error).toBe(
        'invalid_request',
      );
    // what stands beside the reference names nobody else
    const beside = `${await demo.pushedUrl(party, link)}&login_hint=dana&scope=openid`;
    const linked = await new Browser(broker).follow(beside);
    expect(linked.at).toContain('/interaction/');
    expect([linked.text.includes('newcomer'), linked.text.includes('dana')]).toEqual([true, false]);
    const open = await demo.client({ scopes: ['openid', '2fa', '2fa_link'], hintInFrontChannel: true });
    const page = await new Browser(broker).follow(demo.relyingParty(open).authorizeUrl(link));
    expect(page.at).toContain('/interaction/');
  });

  it('V11: no spelling of the request hides the link from its rules', async () => {
    const party = demo.relyingParty(client);
    const form = party.parameters({ scope: 'openid 2fa 2fa_link', login_hint: 'newcomer' });
    for (const path of ['authorize?scope=openid', 'authorize?scope=openid%202fa', 'authorize']) {
      const page = await new Browser(broker).follow(`${party.issuer}/${path}`, { form });
      expect([path, callbackOf(page).error]).toEqual([path, 'invalid_request']);
    }
  });
});

describe('in production', () => {
  beforeAll(() => broker.restart({ securityProfile: 'production', publicUrl: 'https://id.example' }));
  const asked = { scope: 'openid 2fa', login_hint: 'dana' };
  const open = async (registered: Registered) => {
    const party = demo.relyingParty(registered);
    return new Browser(broker).follow(party.authorizeUrl(asked));
  };

  it('the hint comes by PAR: users could change it in the front channel', async () => {
    expect(callbackOf(await open(client)).error).toBe('invalid_request');
    const party = demo.relyingParty(client);
    const { status, json } = await party.post('par', party.parameters(asked));
    expect([status, json.expires_in]).toEqual([201, 60]);
    expect((await new Browser(broker).follow(await demo.pushedUrl(party, asked))).at).toContain(
      '/interaction/',
    );
  });

  it('V11: a link comes by PAR, whatever its client opted out of', async () => {
    const link = { scope: 'openid 2fa 2fa_link', login_hint: 'newcomer' };
    const scopes = ['openid', '2fa', '2fa_link'];
    const party = demo.relyingParty(await demo.client({ scopes, hintInFrontChannel: true }));
    const page = await new Browser(broker).follow(party.authorizeUrl(link));
    expect(callbackOf(page).error).toBe('invalid_request');
    expect((await new Browser(broker).follow(await demo.pushedUrl(party, link))).at).toContain(
      '/interaction/',
    );
  });

  it('from a client that authenticates: a public one cannot vouch for a hint', async () => {
    const registered = await demo.client({ kind: 'public', scopes: ['openid', '2fa'] });
    const party = demo.relyingParty(registered);
    expect((await party.post('par', party.parameters(asked))).json.error).toBe('invalid_client');
  });

  it('or in the front channel where the client opted out of that', async () => {
    const registered = await demo.client({ scopes: ['openid', '2fa'], hintInFrontChannel: true });
    expect((await open(registered)).at).toContain('/interaction/');
  });

  it('SES-08: cookies are of this host alone, and secure', async () => {
    const browser = new Browser(broker);
    const party = demo.relyingParty(await demo.client());
    const { headers } = await browser.go(party.authorizeUrl());
    const cookies = [headers['set-cookie']].flat().map(String);
    expect(cookies.map((one) => one.split('=')[0]).sort()).toEqual([
      '__Secure-oidc-demo-login',
      '__Secure-oidc-demo-login.sig',
      '__Secure-oidc-demo-resume',
      '__Secure-oidc-demo-resume.sig',
    ]);
    for (const cookie of cookies)
      expect(cookie).toMatch(/; secure; httponly; samesite=lax$|samesite=lax.*secure.*httponly/i);
    const page = await browser.follow(party.authorizeUrl());
    const at = Math.floor(Date.now() / 1000);
    const proofs = [{ factor: 'password' as const, at, amr: ['pwd'], acr: 'aal1' as const }];
    const login = { accountId: dana.userId, ts: at, amr: ['pwd'], acr: 'aal1' };
    expect(callbackOf(await demo.settle(browser, page, { login, proofs })).code).toBeDefined();
    expect(browser.cookies.get('__Host-oidc-demo')?.path).toBe('/');
  });

  it('ST-12: who learns the address of somebody’s login cannot make up the cookie that goes with it', async () => {
    const party = demo.relyingParty(await demo.client());
    const browser = new Browser(broker);
    const { headers } = await browser.go(party.authorizeUrl());
    const { pathname } = new URL(String(headers.location), 'https://id.example');
    const value = pathname.split('/').at(-1) ?? '';
    expect((await browser.go(pathname)).status).toBe(200);
    const thief = new Browser(broker);
    thief.cookies.set('__Secure-oidc-demo-login', { value, path: pathname });
    expect((await thief.go(pathname)).status).toBe(400);
  });
});
