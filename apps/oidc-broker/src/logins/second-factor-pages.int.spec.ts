import { Journey, versionOf } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn, PasscodeUser } from '../../test/passcode-user.ts';
import { type KnownUser, ProviderApplication } from '../../test/provider-application.ts';
import { Browser, partsOf, type Registered } from '../../test/relying-party.ts';

/** `openid 2fa` through the pages: the image passcode of exactly one user. */
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const SCOPES = ['openid', '2fa', '2fa_link'];
let client: Registered;
let asking: Registered;
let dana: KnownUser;
let secret: string[];

beforeAll(async () => {
  await broker.open();
  dana = await demo.user('dana');
  for (const name of ['eve', 'plain']) await demo.user(name);
  secret = await new PasscodeUser(broker, 'dana', dana.userId).enrol();
  await new PasscodeUser(broker, 'eve', broker.neighbours.userId('demo', 'eve')).enrol(1);
  client = await demo.client({ scopes: SCOPES });
  asking = await demo.client({ scopes: ['openid', '2fa'], hint: 'ask' });
}, 60_000);
afterAll(() => broker.close());

const begin = (login_hint: string | undefined, changed: object = {}, of = client, browser?: Browser) =>
  Journey.begin(broker, of, { scope: 'openid 2fa', login_hint, ...changed }, browser);
const wrong = () => gridsIn(page.text).map((grid, at) => grid.find((ref) => ref !== secret[at]) ?? '');
let page: { text: string };
const claimsOf = async (journey: Journey) => {
  const { code = '' } = journey.callback;
  return partsOf((await journey.party.redeem(code)).json.id_token as string).claims;
};

describe('a second factor through the pages', () => {
  it('seed V1, V10: asks the hinted user for the images; wrong ones give no code', async () => {
    const journey = await begin('Dana ');
    page = journey.page;
    await journey.fill(formOf(wrong()));
    expect([journey.page.status, journey.callback]).toEqual([400, {}]);
    const [refused] = (await broker.events('oidc.login.refused.v1')).slice(-1);
    expect(refused.data).toMatchObject({ userId: dana.userId, factor: 'image-passcode' });
    await journey.fill(formOf(secret));
    expect(await claimsOf(journey)).toMatchObject({ sub: dana.userId, acr: 'aal1', amr: ['kba'] });
    const [event] = (await broker.events('oidc.login.completed.v1')).slice(-1);
    expect(event.data).toMatchObject({ userId: dana.userId, secondFactor: true, mfaSkipped: false });
  });

  it('seed V1: another user’s images, name or password let nobody through', async () => {
    const journey = await begin('eve');
    for (const fields of [
      formOf(secret),
      { ...formOf(secret), username: 'dana' },
      { username: 'eve', password: 'orange boat sails north' },
      { action: 'passkey' },
      { userId: dana.userId, ...formOf(secret) },
    ] as Record<string, string>[]) {
      await journey.fill(fields);
      expect(journey.callback.code).toBeUndefined();
    }
  });

  it('seed V1: neither reads the browser’s session nor leaves one; it is asked for each time', async () => {
    const journey = await begin('dana');
    await journey.fill(formOf(secret));
    expect(journey.callback.code).toBeDefined();
    expect(journey.browser.cookies.has('oidc-demo')).toBe(false);
    const again = await begin('dana', {}, client, journey.browser);
    expect(gridsIn(again.page.text).length).toBeGreaterThan(0);
    const silent = await begin('dana', { prompt: 'none' }, client, journey.browser);
    expect(silent.callback.error).toBe('login_required');
    const plain = await demo.client({ scopes: ['openid'] });
    expect((await Journey.begin(broker, plain, {}, journey.browser)).heading).toBe('Sign in');
  });

  it('SES-07: a hint that nobody has, and one without a passcode, look alike and end alike', async () => {
    const shapes: unknown[] = [];
    for (const name of ['plain', 'nobody-at-all']) {
      const journey = await begin(name);
      const grids = gridsIn(journey.page.text);
      await journey.fill(formOf(grids.map(([first]) => first ?? '')));
      shapes.push([grids.map((grid) => grid.length), journey.page.status, journey.alert, journey.callback]);
    }
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('gap of §5.3: where the client asks for the user, the page does, once', async () => {
    const journey = await begin(undefined, {}, asking);
    expect(journey.heading).toBe('Who are you?');
    expect((await begin(' ', {}, asking)).heading).toBe('Who are you?');
    await journey.fill({ username: '' });
    expect([journey.page.status, journey.alert]).toEqual([400, 'Enter your username.']);
    await journey.fill({ username: 'dana' });
    expect(gridsIn(journey.page.text).length).toBeGreaterThan(0);
    // the images are that user's now, whatever name comes with them
    await journey.fill({ ...formOf(secret), username: 'eve' });
    expect((await claimsOf(journey)).sub).toBe(dana.userId);
    expect((await begin('eve', {}, asking)).heading).not.toBe('Who are you?');
  });

  it('seed V11: 2fa_link lets a new user choose images, and then is them', async () => {
    const journey = await begin('newcomer', { scope: 'openid 2fa 2fa_link' });
    const picks = gridsIn(journey.page.text).map(([first]) => first ?? '');
    expect(picks.length).toBeGreaterThan(0);
    await journey.fill(formOf(picks));
    expect(journey.callback).toEqual({});
    await journey.fill(formOf(picks));
    expect(await claimsOf(journey)).toMatchObject({ preferred_username: 'newcomer', amr: ['kba'] });
    const second = await begin('newcomer', { scope: 'openid 2fa 2fa_link' });
    await second.fill(formOf(picks));
    expect(second.callback.code).toBeDefined();
  });

  it('V11: who has images already is asked for them, and nobody chooses new ones', async () => {
    const journey = await begin('dana', { scope: 'openid 2fa 2fa_link' });
    page = journey.page;
    const picks = wrong();
    await journey.fill(formOf(picks));
    await journey.fill(formOf(picks));
    expect(journey.callback).toEqual({});
    await journey.fill(formOf(secret));
    expect(journey.callback.code).toBeDefined();
  });

  it('V10, ST-12: cancel ends it; an older form changes nothing', async () => {
    const journey = await begin('dana');
    page = journey.page;
    const version = versionOf(journey.page);
    await journey.fill(formOf(wrong()));
    expect((await journey.post({ version, ...formOf(secret) })).status).toBe(409);
    await journey.fill({ action: 'cancel' });
    expect(journey.callback.error).toBe('access_denied');
  });
});
