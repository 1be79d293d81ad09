import { jest } from '@jest/globals';
import { Journey } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { formOf, gridsIn, PasscodeUser } from '../../test/passcode-user.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import type { Registered } from '../../test/relying-party.ts';
import { NETWORK_LIMIT as PASSWORDS } from '../directory/password-locks.ts';
import { NETWORK_LIMIT as PASSCODES } from '../image-passcodes/passcode-locks.ts';
import { Attempts, clientNetwork } from '@countersign/security';

/** API-09: nobody makes events in somebody else's name without a try that is counted. */
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;
beforeAll(async () => {
  await broker.open();
  const { userId } = await demo.user('dana');
  await new PasscodeUser(broker, 'dana', userId).enrol();
  client = await demo.client({ scopes: ['openid', '2fa', '2fa_link'] });
});
afterAll(() => broker.close());

const refused = async (of?: string) => {
  const events = await broker.events('oidc.login.refused.v1');
  return events.filter(({ data }) => of === undefined || data.userId === of).length;
};
const secondFactor = (login_hint: string, scope = 'openid 2fa') =>
  Journey.begin(broker, client, { scope, login_hint });
const userId = () => broker.neighbours.userId('demo', 'dana');
/** As many tries of this network as there may be. */
const useUp = async ({
  scope,
  limit,
  windowSeconds,
}: {
  scope: string;
  limit: number;
  windowSeconds: number;
}) => {
  const key = `demo:${clientNetwork('127.0.0.1')}`;
  const attempts = broker.service.app.get(Attempts);
  for (let n = 0; n < limit; n++) await attempts.count({ scope, limit, windowSeconds, key });
  return () => attempts.clearAll([{ scope, key }]);
};

describe('what was compared with nothing is no refused factor', () => {
  it('no password, or no name', async () => {
    const journey = await Journey.begin(broker, client);
    const before = await refused();
    for (let n = 0; n < 3; n++) await journey.signIn('dana', '');
    expect([journey.page.status, journey.alert]).toEqual([400, 'Enter your password.']);
    await journey.signIn('', 'x');
    expect(journey.alert).toBe('Enter your username.');
    expect(await refused()).toBe(before);
    // a wrong one is told, and whose
    await journey.signIn('dana', 'wrong password here');
    expect((await broker.events('oidc.login.refused.v1')).at(-1)?.data).toMatchObject({ userId: userId() });
    expect(await refused()).toBe(before + 1);
  });

  it('images that are not all there', async () => {
    const journey = await secondFactor('dana');
    const before = await refused();
    const [first = []] = gridsIn(journey.page.text);
    await journey.fill(formOf([first[0]!]));
    expect([journey.page.status, await refused()]).toEqual([400, before]);
  });

  it('images of who makes a passcode', async () => {
    await demo.user('plain');
    const journey = await secondFactor('plain', 'openid 2fa 2fa_link');
    const before = await refused();
    const grids = gridsIn(journey.page.text);
    await journey.fill(formOf([grids[0]![0]!]));
    expect(journey.page.status).toBe(400);
    await journey.fill(formOf(grids.map((grid) => grid[0]!)));
    await journey.fill(formOf(grids.map((grid) => grid[1]!)));
    expect([journey.page.status, await refused()]).toEqual([400, before]);
  });

  it('a network that has to wait: by password, by images', async () => {
    const password = await Journey.begin(broker, client);
    const images = await secondFactor('dana');
    const before = await refused();
    const clear = [await useUp(PASSWORDS), await useUp(PASSCODES)];
    await password.signIn('dana', 'wrong password here');
    await images.fill(formOf(gridsIn(images.page.text).map((grid) => grid[0]!)));
    for (const one of clear) await one();
    expect([password.page.status, images.page.status]).toEqual([429, 429]);
    expect(await refused()).toBe(before);
  });

  it('a passkey that says nothing: the name that was typed before is nobody’s', async () => {
    const journey = await Journey.begin(broker, client);
    const before = await refused(userId());
    await journey.fill({ username: 'dana', action: 'passkey' });
    await journey.fill({ action: 'start' });
    expect(journey.page.status).toBe(400);
    expect(await refused(userId())).toBe(before);
  });
});

describe('a login takes a hundred submissions', () => {
  it('then it ends: whoever goes on begins anew, which is counted', async () => {
    const journey = await Journey.begin(broker, client);
    await journey.signIn('dana', '');
    const uid = new URL(journey.page.at).pathname.split('/').at(-1);
    const at = (version: number) =>
      broker.service.database.query('UPDATE logins SET version = $2 WHERE uid = $1', [uid, version]);
    await at(99);
    journey.page = { ...(await journey.browser.go(journey.page.at)), at: journey.page.at };
    await journey.signIn('dana', '');
    expect([journey.page.status, journey.alert]).toEqual([400, 'Enter your password.']);
    const before = await refused();
    // also with the right password
    await journey.signIn('dana');
    expect(journey.callback).toMatchObject({ error: 'access_denied', state: journey.party.state });
    const { data } = (await broker.events('oidc.login.refused.v1')).at(-1)!;
    expect(data).toEqual({ clientId: client.clientId, factor: 'password', reason: 'too-many-tries' });
    expect(await refused()).toBe(before + 1);
  });
});
