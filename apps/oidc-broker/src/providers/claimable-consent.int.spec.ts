import { jest } from '@jest/globals';
import { Journey, versionOf } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { callbackOf } from '../../test/relying-party.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
beforeAll(async () => {
  await broker.open();
  await demo.user('dana');
});
afterAll(() => broker.close());

/** Somebody who has signed in to a client answered there, and consented. */
async function consented(redirectUri: string, kind: string) {
  const client = await demo.client({ kind, redirectUris: [redirectUri], consent: 'ask' });
  const journey = await (await Journey.begin(broker, client)).signIn('dana');
  await journey.fill({ version: versionOf(journey.page), action: 'allow' });
  if (journey.callback.code === undefined) throw new Error(journey.page.text);
  const again = async (changed: Record<string, string> = {}) =>
    journey.browser.follow(demo.relyingParty(client).authorizeUrl(changed));
  return { again };
}

describe('RFC 8252 §8.6: consent that was given before', () => {
  it.each([
    ['localhost', 'http://localhost:5173/cb'],
    ['app.localhost', 'http://app.localhost:5173/cb'],
    ['127.0.0.1', 'http://127.0.0.1:5173/cb'],
    ['[::1]', 'http://[::1]:5173/cb'],
    ['that address', 'com.example.app:/cb'],
  ])('is asked for again of a public client at %s', async (host, redirectUri) => {
    const { again } = await consented(redirectUri, 'public');
    const page = await again();
    expect([page.status, page.text.includes('action="/oidc/demo/interaction/')]).toEqual([200, true]);
    expect(callbackOf(await again({ prompt: 'none' }))).toMatchObject({
      error: 'interaction_required',
      error_description: `consent is asked for each time: another program could be answered at ${host}`,
    });
  });

  it.each([
    ['a public client at https', 'public', 'https://shop.example/callback'],
    ['a client that proves who it is', 'confidential', 'http://localhost:5173/cb'],
  ])('holds for %s', async (_case, kind, redirectUri) => {
    const { again } = await consented(redirectUri, kind);
    expect(callbackOf(await again()).code).toBeDefined();
    expect(callbackOf(await again({ prompt: 'none' })).code).toBeDefined();
  });
});
