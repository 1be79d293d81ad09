import { alertOf, headingOf, Journey, versionOf } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { Browser, partsOf, type Registered, send } from '../../test/relying-party.ts';

const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const SCOPES = ['openid', 'profile', 'offline_access'];
let client: Registered;

beforeAll(async () => {
  await broker.open();
  await demo.user('dana');
  await demo.user('eve');
  client = await demo.client({ scopes: SCOPES });
}, 60_000);
afterAll(() => broker.close());

const begin = (changed: Record<string, string | undefined> = {}, browser?: Browser) =>
  Journey.begin(broker, client, changed, browser);
const userId = (name: string) => broker.neighbours.userId('demo', name);
const claimsOf = async (journey: Journey) => {
  const { code = '' } = journey.callback;
  return partsOf((await journey.party.redeem(code)).json.id_token as string).claims;
};
const rows = async (sql: string) => (await broker.service.database.query<Record<string, unknown>>(sql)) ?? [];

describe('signing in with a password', () => {
  it('seed V8: name and password lead to a code; the id token says how and when', async () => {
    const journey = await begin();
    expect([journey.page.status, journey.heading]).toEqual([200, 'Sign in']);
    await journey.signIn('dana');
    const claims = await claimsOf(journey);
    expect(claims).toMatchObject({ sub: userId('dana'), acr: 'aal1', amr: ['pwd'] });
    expect(Math.abs(Number(claims.auth_time) - Date.now() / 1000)).toBeLessThan(5);
    const [event] = (await broker.events('oidc.login.completed.v1')).slice(-1);
    expect(event).toMatchObject({ appid: 'demo', subject: userId('dana') });
    const told = { userId: userId('dana'), clientId: client.clientId, amr: ['pwd'], acr: 'aal1' };
    expect(event.data).toEqual({ ...told, secondFactor: false, mfaSkipped: false });
  });

  it('SES-07, V10: wrong, unknown and empty are the page again, and no code; the event says whose', async () => {
    const journey = await begin();
    await journey.signIn('dana', 'wrong password here');
    const wrong = { status: journey.page.status, alert: journey.alert };
    await journey.signIn('nobody.here', 'wrong password here');
    expect(wrong).toEqual({ status: 400, alert: journey.alert });
    const told = (await broker.events('oidc.login.refused.v1')).slice(-2).map(({ data }) => data);
    const of = { clientId: client.clientId, factor: 'password', reason: 'refused' };
    expect(told).toEqual([{ ...of, userId: userId('dana') }, of]);
    await journey.signIn('', '');
    expect(journey.alert).toBe('Enter your username.');
    await journey.signIn('dana', '');
    expect([journey.page.status, journey.alert]).toEqual([400, 'Enter your password.']);
    expect(journey.page.text).toContain('value="dana"');
    expect((await journey.signIn('dana')).callback.code).toBeDefined();
  });

  it('security 14: passwords and usernames lie nowhere in the row of a login', async () => {
    const journey = await begin();
    await journey.signIn('dana', 'wrong password here');
    const [row] = await rows('SELECT * FROM logins ORDER BY expires_at DESC LIMIT 1');
    expect(JSON.stringify(row)).not.toMatch(/dana|wrong password/);
    expect(JSON.stringify(row)).toMatch(/"sealed_state":"v1\./);
  });

  it('design: a login_hint is filled in, and somebody else may sign in all the same', async () => {
    const journey = await begin({ login_hint: 'dana "quoted" <b>' });
    expect(journey.page.text).toContain('value="dana &#34;quoted&#34; &#60;b&#62;"');
    expect((await journey.signIn('eve')).callback.code).toBeDefined();
  });

  it('design: cancel tells the client access_denied, and nothing goes on after it', async () => {
    const journey = await begin();
    const { at } = journey.page;
    await journey.fill({ action: 'cancel' });
    expect(journey.callback).toMatchObject({ error: 'access_denied', state: journey.party.state });
    const [event] = (await broker.events('oidc.login.refused.v1')).slice(-1);
    expect(event.data).toMatchObject({ factor: 'password', reason: 'cancelled' });
    expect((await journey.browser.go(at)).status).toBe(410);
  });
});

describe('the page of a login', () => {
  it('ST-05, SES-08: is shown only to the browser that began it; others get a page, no redirect', async () => {
    const journey = await begin();
    const other = await new Browser(broker).go(journey.page.at);
    expect([other.status, other.headers.location, headingOf(other)]).toEqual([
      400,
      undefined,
      'This sign-in is not of this browser',
    ]);
    // the cookie of another login of the same browser opens this one neither
    const second = await begin({}, journey.browser);
    const [cookie] = [...journey.browser.cookies].filter(([, { path }]) => second.page.at.endsWith(path));
    const foreign = await send(broker, journey.page.at, {
      headers: { cookie: `oidc-demo-login=${cookie?.[1].value}` },
    });
    expect([foreign.status, foreign.headers.location]).toEqual([400, undefined]);
  });

  it('security 32: pages are framed by nobody, kept nowhere, and run no script of others', async () => {
    const { page } = await begin();
    const { headers } = page;
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect([headers['cache-control'], headers['referrer-policy']]).toEqual(['no-store', 'no-referrer']);
    expect(page.text).toMatch(/autocomplete="username"[\s\S]*autocomplete="current-password"/);
  });

  it('design: what is not there is a page: unknown application 404, ended login 410, made-up id 400', async () => {
    const journey = await begin();
    const ended = journey.page.at;
    await journey.signIn('dana');
    const gone = await journey.browser.go(ended);
    expect([gone.status, headingOf(gone)]).toEqual([410, 'This sign-in has ended']);
    expect((await send(broker, '/oidc/demo/interaction/made-up')).status).toBe(400);
    expect((await send(broker, '/oidc/NOBODY/interaction/made-up')).status).toBe(404);
    expect((await send(broker, '/oidc/demo/interaction/made-up', { form: { version: '0' } })).status).toBe(
      400,
    );
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the site', { 'sec-fetch-site': 'same-site' }],
    ['another origin, by an old browser', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
    ['an origin that is not told, by an old browser', { 'sec-fetch-site': undefined, origin: 'null' }],
  ])('RFC 9700 §4.7: takes no form of %s', async (_from, headers) => {
    const journey = await begin();
    const form = { version: '0', username: 'dana', password: 'orange boat sails north' };
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const answer = await journey.browser.go(journey.page.at, {
      form,
      headers: sent as Record<string, string>,
    });
    expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    expect((await journey.browser.go(journey.page.at)).status).toBe(200);
  });

  it('security 36: missing, doubled and huge fields change nothing and break nothing', async () => {
    const journey = await begin();
    const right = { version: '0', username: 'dana', password: 'orange boat sails north' };
    expect((await journey.post({ ...right, version: ['0', '0'] })).status).toBe(400);
    expect((await journey.post({ ...right, password: [right.password, right.password] })).status).toBe(400);
    const { version: _version, ...unversioned } = right;
    expect((await journey.post(unversioned)).status).toBe(409);
    expect((await journey.post({})).status).toBe(409);
    expect((await journey.post({ ...right, version: '00' })).status).toBe(409);
    expect((await journey.post({ ...right, password: 'x'.repeat(2_000_000) })).status).toBe(413);
    expect((await journey.post({ ...right, username: 'd'.repeat(100_000) })).status).toBe(400);
    const json = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
    const array = await journey.browser.go(journey.page.at, { form: {}, headers: json, method: 'POST' });
    expect(array.status).toBe(409);
    const now = await journey.browser.go(journey.page.at);
    expect([now.status, headingOf(now)]).toEqual([200, 'Sign in']);
  });

  it('ST-04: fields that say what has been shown have no say', async () => {
    const journey = await begin();
    const lies = {
      mfa: 'done',
      acr: 'aal2',
      step: 'consent',
      userId: userId('dana'),
      verified: 'true',
      proofs: '[]',
    };
    await journey.fill({ username: 'dana', password: 'wrong password here', ...lies });
    expect([journey.page.status, journey.callback]).toEqual([400, {}]);
    const data = JSON.stringify(await rows('SELECT proofs, result FROM logins'));
    expect(data).not.toContain('aal2');
  });

  it('design: a character that no column holds is a page, no fault', async () => {
    const journey = await begin();
    await journey.signIn('da\0na', 'x\0y');
    expect([journey.page.status, journey.alert]).toEqual([400, 'Enter your username.']);
  });
});

describe('the same form twice', () => {
  it('ST-12: a form of an older page is 409 and shows what is due now', async () => {
    const journey = await begin();
    const before = versionOf(journey.page);
    await journey.signIn('dana', 'wrong password here');
    const stale = await journey.post({
      version: before,
      username: 'dana',
      password: 'orange boat sails north',
    });
    expect([stale.status, alertOf(stale)]).toEqual([409, expect.stringContaining('out of date')]);
    expect(versionOf(stale)).not.toBe(before);
  });

  it('ST-12: sent twice at once, one login comes of it, and both answers lead there', async () => {
    const journey = await begin();
    const form = { version: '0', username: 'dana', password: 'orange boat sails north' };
    const events = (await broker.events('oidc.login.completed.v1')).length;
    const answers = await Promise.all([journey.post(form), journey.post(form), journey.post(form)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect((await broker.events('oidc.login.completed.v1')).length).toBe(events + 1);
    // whoever comes back is sent on, until the provider has answered
    const { status, headers } = await journey.browser.go(journey.page.at);
    expect(status).toBe(303);
    const pageItself = new URL(journey.page.at, 'http://broker').pathname;
    const leads = new Set(answers.map((one) => String(one.headers.location)));
    expect([...leads].filter((to) => to !== pageItself)).toEqual([headers.location]);
    journey.page = await journey.browser.follow(journey.page.at);
    expect(journey.callback.code).toBeDefined();
    const again = await journey.browser.go(String(headers.location));
    expect([again.status, again.headers.location]).toEqual([400, undefined]);
  });

  it('ST-12: two tabs are two logins; each leads to its own client', async () => {
    const one = await begin();
    const other = await begin({}, one.browser);
    expect(other.page.at).not.toBe(one.page.at);
    await other.signIn('dana');
    expect(other.callback).toMatchObject({ state: other.party.state });
    await one.signIn('dana');
    expect(one.callback).toMatchObject({ state: one.party.state });
  });
});

describe('sessions', () => {
  it('security 14: a session lets its user in again, under another id after each login', async () => {
    const journey = await begin();
    await journey.signIn('dana');
    const session = () => journey.browser.cookies.get('oidc-demo')?.value;
    const first = session();
    expect((await begin({}, journey.browser)).callback.code).toBeDefined();
    const anew = await begin({ prompt: 'login' }, journey.browser);
    await anew.signIn('dana');
    expect(session()).not.toBe(first);
    const old = new Browser(broker);
    old.cookies.set('oidc-demo', { value: first ?? '', path: '/' });
    expect((await begin({}, old)).heading).toBe('Sign in');
  });

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])('OIDC Core §3.1.2.1: %s asks for the password again', async (_what, changed) => {
    const journey = await begin();
    await journey.signIn('dana');
    await new Promise((passed) => setTimeout(passed, 1100));
    const anew = await begin(changed, journey.browser);
    expect([anew.heading, anew.page.text.includes('value="dana"')]).toEqual(['Sign in', true]);
    const claims = await claimsOf(await anew.signIn('dana'));
    expect(Number(claims.auth_time)).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1000) - 1);
  });

  it('SES-06: whoever signs in as somebody else ends the old session, and is told nothing of it', async () => {
    const journey = await begin();
    await journey.signIn('dana');
    const before = journey.browser.cookies.get('oidc-demo')?.value ?? '';
    const other = await begin({ prompt: 'login' }, journey.browser);
    expect((await claimsOf(await other.signIn('eve'))).sub).toBe(userId('eve'));
    const old = new Browser(broker);
    old.cookies.set('oidc-demo', { value: before, path: '/' });
    expect((await begin({}, old)).heading).toBe('Sign in');
    expect((await begin({}, journey.browser)).callback.code).toBeDefined();
  });

  it('SES-06: somebody else signed in in another tab meanwhile: this tab’s user is who is signed in', async () => {
    const first = await begin();
    const second = await begin({}, first.browser);
    await second.signIn('eve');
    await first.signIn('dana');
    expect((await claimsOf(first)).sub).toBe(userId('dana'));
  });

  it('OP-14: who is disabled between the page and the form gets in by nothing', async () => {
    const { username } = await demo.user('frank');
    const journey = await begin();
    await demo.manage('PATCH', '/v1/directory/users/frank', { enabled: false });
    await journey.signIn(username);
    expect([journey.page.status, journey.callback]).toEqual([400, {}]);
  });
});
