import { OidcBroker } from '../../test/oidc-broker.ts';
import { Browser, callbackOf, type Registered, send } from '../../test/relying-party.ts';
import { CALLBACK, type KnownUser, ProviderApplication } from '../../test/provider-application.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
let dana: KnownUser;
let client: Registered;
beforeAll(async () => {
  await broker.open();
  demo = new ProviderApplication(broker);
  dana = await demo.user('dana');
  client = await demo.client({ redirectUris: [CALLBACK, 'https://shop.example/second?a=b'] });
});
afterAll(() => broker.close());

const signedIn = async (): Promise<Browser> => {
  const browser = new Browser(broker);
  await demo.signIn(demo.relyingParty(client), 'dana', { browser });
  return browser;
};
const ask = async (browser: Browser, changed: Record<string, string | undefined>, asked = client) =>
  browser.follow(demo.relyingParty(asked).authorizeUrl(changed));

describe('OP-01: a redirect_uri that is not exactly a registered one leads nowhere', () => {
  it.each([
    `${CALLBACK}/`,
    `${CALLBACK}/extra`,
    `${CALLBACK}?x=1`,
    `${CALLBACK}#x`,
    'https://shop.example/../callback',
    'https://shop.example/%63allback',
    'https://shop.example/callback%2e',
    'https://shop.example\\callback',
    'https://shop.example/CALLBACK',
    'https://SHOP.example/callback',
    'https://shop.example:443/callback',
    'https://user@shop.example/callback',
    'http://shop.example/callback',
    'https://evil.example/callback',
    'https://shop.example.evil.example/callback',
    'https://evilshop.example/callback',
    'https://xn--shp-hna.example/callback',
    'https://shop.example/second',
    'javascript:alert(1)',
    '',
  ])('%s', async (redirect_uri) => {
    for (const changed of [
      { redirect_uri },
      { redirect_uri, prompt: 'none' },
      { redirect_uri, scope: 'openid nothing', response_type: 'token' },
    ]) {
      const { status, headers, text } = await send(broker, demo.relyingParty(client).authorizeUrl(changed));
      expect([status, headers.location]).toEqual([400, undefined]);
      expect(headers['content-type']).toContain('text/html');
      // developers see what was sent; it is no way out
      expect(text).not.toMatch(/(href|src|action|url)=?[^>]*evil/);
    }
  });

  it('two of them, too', async () => {
    const url = `${demo.relyingParty(client).authorizeUrl()}&redirect_uri=${encodeURIComponent(CALLBACK)}`;
    const { status, headers } = await send(broker, url);
    expect([status, headers.location]).toEqual([400, undefined]);
  });

  it('nor an unknown client: a page that nobody may frame or keep', async () => {
    const { status, headers } = await send(
      broker,
      demo.relyingParty({ ...client, clientId: 'nobody' }).authorizeUrl(),
    );
    expect(status).toBe(400);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('RFC 9126: pushed requests', () => {
  const push = async (changed: Record<string, string | undefined> = {}, asked = client) => {
    const party = demo.relyingParty(asked);
    const { json } = await party.post('par', party.parameters(changed));
    const url = (more = '') =>
      `${party.issuer}/authorize?client_id=${asked.clientId}&request_uri=${encodeURIComponent(json.request_uri)}${more}`;
    return { party, url, json };
  };

  it('§2.2, OP-07: are used once, also with prompt=none and a session', async () => {
    const browser = await signedIn();
    for (const changed of [{}, { prompt: 'none' }]) {
      const { url, party } = await push(changed);
      expect(callbackOf(await browser.follow(url()))).toMatchObject({
        code: expect.any(String),
        state: party.state,
      });
      const again = await browser.follow(url());
      expect([again.status, again.at.startsWith('https://')]).toEqual([400, false]);
    }
  });

  it('OP-07: are used up by the first request that shows them: a login has one browser, an error is no second try', async () => {
    const { url } = await push();
    const [first, second] = [new Browser(broker), new Browser(broker)];
    const page = await first.follow(url());
    expect(page.at).toContain('/interaction/');
    const stolen = await second.follow(url());
    expect([stolen.status, stolen.text.includes('invalid_request_uri')]).toEqual([400, true]);
    const at = Math.floor(Date.now() / 1000);
    const proofs = [{ factor: 'password' as const, at, amr: ['pwd'], acr: 'aal1' as const }];
    const login = { accountId: dana.userId, ts: at, amr: ['pwd'], acr: 'aal1' };
    expect(callbackOf(await demo.settle(first, page, { login, proofs })).code).toBeDefined();
    const silent = await push({ prompt: 'none' });
    expect(callbackOf(await second.follow(silent.url())).error).toBe('login_required');
    expect((await (await signedIn()).follow(silent.url())).status).toBe(400);
  });

  it('OP-07: of ten at once one begins a login', async () => {
    const { url } = await push();
    const answers = await Promise.all(Array.from({ length: 10 }, () => new Browser(broker).go(url())));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('OP-07: of ten at once one is answered', async () => {
    const browser = await signedIn();
    const { url } = await push();
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.go(url())));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('OP-07: expire, are the client’s own, and stand against what the front channel says', async () => {
    const browser = await signedIn();
    const { url, party } = await push();
    const other = await demo.client();
    expect((await browser.follow(url().replace(client.clientId, other.clientId))).status).toBe(400);
    const changed = await browser.follow(
      url('&state=changed&redirect_uri=https%3A%2F%2Fevil.example%2F&scope=openid%20profile'),
    );
    expect(changed.at.startsWith(CALLBACK)).toBe(true);
    expect(callbackOf(changed).state).toBe(party.state);
    const late = await push();
    await broker.service.database.query(
      `UPDATE oidc_records SET expires_at = now() WHERE kind = 'PushedAuthorizationRequest'`,
    );
    expect((await browser.follow(late.url())).status).toBe(400);
  });

  it('§2.3: need the client to prove itself, and are checked at once', async () => {
    const party = demo.relyingParty({ ...client, secret: 'cs_x' });
    expect((await party.post('par', party.parameters())).status).toBe(401);
    const good = demo.relyingParty(client);
    for (const changed of [
      { redirect_uri: 'https://evil.example/' },
      { code_challenge: undefined },
      { request_uri: 'urn:x' },
    ])
      expect((await good.post('par', good.parameters(changed))).status).toBe(400);
  });

  it('are the only way for a client that insists on them', async () => {
    const asked = await demo.client({ requirePar: true });
    expect(callbackOf(await ask(new Browser(broker), {}, asked)).error).toBe('invalid_request');
    expect((await new Browser(broker).follow((await push({}, asked)).url())).at).toContain('/interaction/');
  });
});

describe('what the provider does not do', () => {
  it.each<[string, Record<string, string>, string]>([
    ['OP-08: request objects', { request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
    ['OP-09: requests at addresses', { request_uri: 'http://169.254.169.254/' }, 'request_uri_not_supported'],
    ['OP-09: requests in files', { request_uri: 'file:///etc/passwd' }, 'request_uri_not_supported'],
    ['security 25: implicit', { response_type: 'token' }, 'invalid_request'],
    ['security 25: hybrid', { response_type: 'code id_token' }, 'invalid_request'],
    ['fragments', { response_mode: 'fragment' }, 'invalid_request'],
  ])('%s', async (_case, changed, error) => {
    const { headers } = await send(broker, demo.relyingParty(client).authorizeUrl(changed));
    const answer = new URL(String(headers.location).replace('#', '?')).searchParams;
    expect([answer.get('error'), answer.get('code'), answer.get('iss')]).toEqual([
      error,
      null,
      demo.relyingParty(client).issuer,
    ]);
  });
});

describe('OP-16', () => {
  it('RFC 9700 §4.12: redirects with 303, also what was posted', async () => {
    const party = demo.relyingParty(client);
    const posted = await send(broker, `${party.issuer}/authorize`, { form: party.parameters() });
    expect(posted.status).toBe(303);
    const page = await new Browser(broker).follow(String(posted.headers.location));
    expect([page.status, page.at.includes('/interaction/')]).toEqual([200, true]);
    const browser = await signedIn();
    expect((await browser.go(party.authorizeUrl())).status).toBe(303);
  });

  it('form_post leads to the client alone, by a script that the policy names', async () => {
    const browser = await signedIn();
    const { status, text, headers } = await browser.go(
      demo.relyingParty(client).authorizeUrl({ response_mode: 'form_post' }),
    );
    expect([status, text.includes(`action="${CALLBACK}"`)]).toEqual([200, true]);
    expect(headers['content-security-policy']).toMatch(/script-src .*'sha256-/);
  });
});

describe('prompt=none shows nothing (security 33)', () => {
  it('answers login_required where nobody is signed in, and a code where somebody is', async () => {
    expect(callbackOf(await ask(new Browser(broker), { prompt: 'none' })).error).toBe('login_required');
    expect(callbackOf(await ask(await signedIn(), { prompt: 'none' })).code).toBeDefined();
  });

  it('answers consent_required where consent is asked for', async () => {
    const asked = await demo.client({ consent: 'ask' });
    expect(callbackOf(await ask(await signedIn(), { prompt: 'none' }, asked)).error).toBe('consent_required');
  });
});

describe('ST-15: what is asked of a login is reached or refused', () => {
  const claims = (acr: object) => JSON.stringify({ id_token: { acr: { essential: true, ...acr } } });

  it.each<[string, Record<string, string>, string]>([
    ['acr_values', { acr_values: 'aal2' }, 'unmet_authentication_requirements'],
    ['an essential acr', { claims: claims({ value: 'aal2' }) }, 'unmet_authentication_requirements'],
    ['one of several', { claims: claims({ values: ['aal2', 'aal3'] }) }, 'unmet_authentication_requirements'],
    ['one that nobody issues', { claims: claims({ values: ['2fa'] }) }, 'unmet_authentication_requirements'],
    ['max_age=0', { max_age: '0' }, 'login_required'],
  ])('%s with prompt=none and a session that has less', async (_case, changed, error) => {
    const answer = callbackOf(await ask(await signedIn(), { ...changed, prompt: 'none' }));
    expect([answer.error, answer.code]).toEqual([error, undefined]);
  });

  it('a session that is older than max_age asks again', async () => {
    const browser = await signedIn();
    await broker.service.database.query(
      `UPDATE oidc_records SET payload = jsonb_set(payload::jsonb, '{loginTs}', to_jsonb((payload::jsonb->>'loginTs')::int - 100))::text WHERE kind = 'Session'`,
    );
    expect(callbackOf(await ask(browser, { max_age: '50', prompt: 'none' })).error).toBe('login_required');
    expect(callbackOf(await ask(browser, { max_age: '500', prompt: 'none' })).code).toBeDefined();
  });

  it('a login that reached less than was asked for ends in an error, and what was reached is what tokens say', async () => {
    const browser = new Browser(broker);
    const at = Math.floor(Date.now() / 1000);
    const proofs = [{ factor: 'password' as const, at, amr: ['pwd'], acr: 'aal1' as const }];
    const login = { accountId: dana.userId, ts: at, amr: ['pwd'], acr: 'aal1' };
    const page = await ask(browser, { acr_values: 'aal2' });
    expect(callbackOf(await demo.settle(browser, page, { login, proofs })).error).toBe(
      'unmet_authentication_requirements',
    );
    expect(callbackOf(await ask(browser, { acr_values: 'aal2 aal1', prompt: 'none' })).code).toBeDefined();
    expect(callbackOf(await ask(browser, { acr_values: 'urn:unknown', prompt: 'none' })).code).toBeDefined();
  });

  it('a session without a first factor is none', async () => {
    const browser = new Browser(broker);
    const at = Math.floor(Date.now() / 1000);
    const page = await ask(browser, {});
    const login = { accountId: dana.userId, ts: at, amr: ['kba'], acr: 'aal1' };
    const proofs = [{ factor: 'image-passcode' as const, at, amr: ['kba'], acr: 'aal1' as const }];
    expect((await demo.settle(browser, page, { login, proofs })).at).toContain('/interaction/');
  });
});

describe('C1: MFA of a client', () => {
  it('a session with a password alone gives no code', async () => {
    const asked = await demo.client({ mfa: { policy: 'mfa' } });
    const browser = await signedIn();
    expect(callbackOf(await ask(browser, { prompt: 'none' }, asked)).error).toBe('interaction_required');
    const page = await ask(browser, {}, asked);
    const at = Math.floor(Date.now() / 1000);
    const other = [
      { factor: 'mfa' as const, at, amr: ['otp'], acr: 'aal2' as const, policy: 'other', flowId: 'f' },
    ];
    expect((await demo.settle(browser, page, { proofs: other })).at).toContain('/interaction/');
    const again = await ask(browser, {}, asked);
    const proofs = [
      { factor: 'mfa' as const, at, amr: ['otp'], acr: 'aal2' as const, policy: 'mfa', flowId: 'f' },
    ];
    expect(callbackOf(await demo.settle(browser, again, { proofs })).code).toBeDefined();
  });
});
