import { jest } from '@jest/globals';
import { Journey } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import type { Browser, Registered } from '../../test/relying-party.ts';

/** A client whose MFA is asked each time (maxAgeSeconds 0): it is of one authorization request, whatever that leads through. */
// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
const each = { mfa: { policy: 'mfa', maxAgeSeconds: 0 }, scopes: ['openid', 'profile', 'pay'] };
let client: Registered;
let other: Registered;
beforeAll(async () => {
  await broker.open();
  const flows = await MfaFlows.of(broker);
  await demo.user('dana');
  flows.withPhone.add('dana');
  await demo.manage('PUT', '/v1/scopes/pay', { description: 'Pay for you', mfa: { policy: 'mfa' } });
  client = await demo.client(each);
  other = await demo.client({ ...each, consent: 'ask' });
}, 60_000);
afterAll(() => broker.close());

const begin = (asked: Registered, changed: Record<string, string> = {}, browser?: Browser) =>
  Journey.begin(broker, asked, changed, browser);
const CONFIRM = 'Confirm that it is you';

it('C1: asks for the code at the next request, of this client and of others', async () => {
  const first = await (await begin(client)).signIn('dana');
  await first.mfa(CODE);
  expect(first.callback.code).toBeDefined();
  const { browser } = first;
  expect((await begin(client, { prompt: 'none' }, browser)).callback.error).toBe('interaction_required');
  const again = await begin(client, {}, browser);
  expect(again.heading).toBe(CONFIRM);
  await again.mfa(CODE);
  expect(again.callback.code).toBeDefined();
  expect((await begin(other, {}, browser)).heading).toBe(CONFIRM);
});

it('C1, C4: one request that asks for consent and a protected scope, too, asks for each once', async () => {
  const journey = await (await begin(other, { scope: 'openid profile pay' })).signIn('dana');
  const seen: string[] = [];
  for (let page = 0; page < 8 && journey.callback.code === undefined; page++) {
    seen.push(journey.heading);
    if (journey.heading === CONFIRM) await journey.mfa(CODE);
    else await journey.fill({ 'scope:profile': 'yes', 'scope:pay': 'yes' });
  }
  expect(journey.callback.code).toBeDefined();
  expect(seen.filter((heading) => heading === CONFIRM).length).toBeLessThanOrEqual(2);
});

it('C1: another tab’s request is not answered by it, and both come to their end', async () => {
  const first = await (await begin(client)).signIn('dana');
  await first.mfa(CODE);
  const { browser } = first;
  const [one, two] = [await begin(client, {}, browser), await begin(client, {}, browser)];
  await one.mfa(CODE);
  expect(one.callback.code).toBeDefined();
  two.page = await browser.follow(two.page.at);
  expect(two.heading).toBe(CONFIRM);
  await two.mfa(CODE);
  expect(two.callback.code).toBeDefined();
});
