import { setTimeout as pause } from 'node:timers/promises';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { Browser, callbackOf, type Registered, send } from '../../test/relying-party.ts';
import { BegunLimit, MOST_BEGUN, TooManyBegun } from './begun-limit.ts';

const broker = new OidcBroker();
let demo: ProviderApplication;
let client: Registered;
let dana: KnownUser;
beforeAll(async () => {
  await broker.open({ trustedProxies: ['127.0.0.1'] });
  demo = new ProviderApplication(broker);
  dana = await demo.user('dana');
  client = await demo.client();
});
afterAll(() => broker.close());

const rows = async (): Promise<number> => {
  const [row] = await broker.service.database.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM oidc_records',
  );
  return row!.n;
};
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

describe('API-09: who has not signed in makes few rows, and small ones', () => {
  it('RFC 9126 §2: public clients push nothing, the ones of the service itself neither', async () => {
    const own = {
      clientId: 'countersign-account',
      redirectUri: 'http://localhost:4000/oidc/demo/account/callback',
    };
    const other = await demo.client({ kind: 'public' });
    const before = await rows();
    for (const asked of [own, other]) {
      const party = demo.relyingParty(asked);
      const { status, json } = await party.post('par', party.parameters());
      expect([status, json.error]).toEqual([401, 'invalid_client']);
    }
    expect(await rows()).toBe(before);
    // as ever without it
    expect((await new Browser(broker).follow(demo.relyingParty(own).authorizeUrl())).at).toContain(
      '/interaction/',
    );
  });

  it.each<[string, Record<string, string>]>([
    ['a state', { state: 's'.repeat(2049) }],
    ['a nonce', { nonce: 'n'.repeat(2049) }],
    ['a request', { login_hint: 'é'.repeat(4050) }],
    [
      'all of it together',
      { state: 's'.repeat(2048), nonce: 'n'.repeat(2048), ui_locales: 'u'.repeat(4000) },
    ],
  ])('%s that is too long is refused, pushed or not, and not kept', async (_case, changed) => {
    const party = demo.relyingParty(client);
    const before = await rows();
    const pushed = await party.post('par', party.parameters(changed));
    expect([pushed.status, pushed.json.error]).toEqual([400, 'invalid_request']);
    if (!('login_hint' in changed)) {
      const answer = callbackOf(await new Browser(broker).follow(party.authorizeUrl(changed)));
      expect([answer.error, answer.state]).toEqual(['invalid_request', changed.state ?? party.state]);
    }
    expect(await rows()).toBe(before);
  });

  it('one that is long enough is taken', async () => {
    const changed = { state: 's'.repeat(2048), nonce: 'n'.repeat(2048) };
    const page = await new Browser(broker).follow(demo.relyingParty(client).authorizeUrl(changed));
    expect(page.at).toContain('/interaction/');
  });

  it('a network that begins more than so many a minute is told to wait; others and other applications are not', async () => {
    const limit = broker.service.app.get(BegunLimit);
    const party = demo.relyingParty(client);
    const signedIn = new Browser(broker);
    await demo.signIn(party, 'dana', { browser: signedIn });
    const before = await send(broker, party.authorizeUrl(), from('2001:db8:1:1::1'));
    expect(before.status).toBe(303);
    const request = {} as never;
    limit.cameFrom(request, '2001:db8:1:1::2');
    for (let n = 1; n < MOST_BEGUN; n++) limit.count('demo', request);
    const kept = await rows();
    for (const path of [party.authorizeUrl(), party.authorizeUrl().replace('/authorize?', '/AUTHORIZE?')]) {
      const { status, headers, text } = await send(broker, path, from('2001:db8:1:1:ffff::3'));
      expect(status).toBe(429);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect([text.includes('Too many sign-ins'), headers.location]).toEqual([true, undefined]);
    }
    for (const path of ['logout', 'LOGOUT']) {
      const logout = await send(broker, `${party.issuer}/${path}`, from('2001:db8:1:1:ffff::3'));
      expect([logout.status, Number(logout.headers['retry-after']) > 0]).toEqual([429, true]);
    }
    expect(await rows()).toBe(kept);
    expect((await send(broker, party.authorizeUrl(), from('2001:db8:1:2::3'))).status).toBe(303);
    expect(() => limit.count('other', request)).not.toThrow();
    // nothing is begun: the session is there
    const again = await signedIn.follow(party.authorizeUrl(), from('2001:db8:1:1:ffff::3'));
    expect(callbackOf(again).code).toBeDefined();
  });

  it('nor is a login that is under way: it was counted when it began', async () => {
    const [limit, browser, request] = [broker.service.app.get(BegunLimit), new Browser(broker), {} as never];
    const page = await browser.follow(demo.relyingParty(client).authorizeUrl());
    limit.cameFrom(request, '127.0.0.1');
    const countAll = () => {
      for (let n = 0; n <= MOST_BEGUN; n++) limit.count('demo', request);
    };
    expect(countAll).toThrow(TooManyBegun);
    const at = Math.floor(Date.now() / 1000);
    const proofs = [{ factor: 'image-passcode' as const, at, amr: ['kba'], acr: 'aal1' as const }];
    const login = { accountId: dana.userId, ts: at, amr: ['kba'], acr: 'aal1' };
    expect((await demo.settle(browser, page, { login, proofs })).at).toContain('/interaction/');
    expect((await send(broker, demo.relyingParty(client).authorizeUrl())).status).toBe(429);
  });

  it('what is asked to be kept until somebody signs out is short, too', async () => {
    const { issuer } = demo.relyingParty(client);
    const before = await rows();
    expect((await send(broker, `${issuer}/logout?state=${'s'.repeat(9000)}`)).status).toBe(400);
    expect(await rows()).toBe(before);
  });
});

describe('the database is away', () => {
  it('503 temporarily_unavailable and when to come again, as JSON and as a page', async () => {
    const party = demo.relyingParty(client);
    await broker.service.database.close();
    // what is believed about scopes and keys for a moment is not believed any more
    await pause(2500);
    const asked = [
      await party.redeem('x'.repeat(43)),
      await party.post('introspect', { token: 'x'.repeat(43) }),
      await party.post('par', party.parameters()),
    ];
    for (const { status, json, headers } of asked)
      expect([status, json.error, headers['retry-after']]).toEqual([503, 'temporarily_unavailable', '2']);
    const headers = { accept: 'text/html', 'x-forwarded-for': '198.51.100.7' };
    const page = await send(broker, party.authorizeUrl(), { headers });
    expect([page.status, page.headers['retry-after'], page.headers.location]).toEqual([503, '2', undefined]);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).toContain('not available right now');
    expect(page.headers['set-cookie']).toBeUndefined();
  });
});
