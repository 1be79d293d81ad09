import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { Browser, callbackOf, type RelyingParty, send } from '../../test/relying-party.ts';

/** API-09: a cookie costs whoever makes it up nothing, and must not make a row of it. */
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let party: RelyingParty;
beforeAll(async () => {
  await broker.open();
  await demo.user('dana');
  party = demo.relyingParty(await demo.client());
});
afterAll(() => broker.close());

const sessions = async (): Promise<number> => {
  const [row] = await broker.service.database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM oidc_records WHERE kind = 'Session'`,
  );
  return row!.n;
};
const madeUp = () => ({ headers: { cookie: `oidc-demo=${randomBytes(16).toString('base64url')}` } });

describe('API-09: the cookie of no session', () => {
  it('keeps none: not where nobody may be asked, not where a request is refused, not where a login begins', async () => {
    const before = await sessions();
    const silent = await send(broker, party.authorizeUrl({ prompt: 'none' }), madeUp());
    expect(callbackOf({ at: String(silent.headers.location) }).error).toBe('login_required');
    expect((await send(broker, `${party.issuer}/authorize?x=1`, madeUp())).status).toBe(400);
    expect((await send(broker, party.authorizeUrl(), madeUp())).status).toBe(303);
    const answer = await send(broker, `${party.issuer}/logout/confirm`, {
      ...madeUp(),
      form: { logout: 'yes' },
    });
    expect(answer.status).toBe(400);
    expect(await sessions()).toBe(before);
  });

  it('is no obstacle: who signs in with it has a session, and may sign out', async () => {
    const browser = new Browser(broker);
    browser.cookies.set('oidc-demo', { value: 'x'.repeat(21), path: '/' });
    expect((await demo.signIn(party, 'dana', { browser })).code).toBeDefined();
    expect(callbackOf(await browser.follow(party.authorizeUrl({ prompt: 'none' }))).code).toBeDefined();
    const asked = await browser.follow(`${party.issuer}/logout`);
    const bye = await browser.submit({ ...asked, at: `${party.issuer}/logout/confirm` }, { logout: 'yes' });
    expect(bye.status).toBe(200);
    expect(callbackOf(await browser.follow(party.authorizeUrl({ prompt: 'none' }))).error).toBe(
      'login_required',
    );
  });

  it('keeps what is asked before signing out, which is counted', async () => {
    const before = await sessions();
    const browser = new Browser(broker);
    const asked = await browser.follow(`${party.issuer}/logout`);
    expect(await sessions()).toBe(before + 1);
    await browser.submit({ ...asked, at: `${party.issuer}/logout/confirm` }, { logout: 'yes' });
    expect(await sessions()).toBe(before);
  });
});
