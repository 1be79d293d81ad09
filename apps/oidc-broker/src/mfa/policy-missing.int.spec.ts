import { jest } from '@jest/globals';
import { Journey } from '../../test/login-pages.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';

jest.setTimeout(30_000);
const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
beforeAll(async () => {
  await broker.open();
  await demo.user('dana');
  broker.neighbours.flows = ({ url }) =>
    Promise.resolve(
      url.startsWith('/internal/challenges')
        ? { status: 400, body: { code: 'mfa/policy-unknown' } }
        : undefined,
    );
});
afterAll(() => broker.close());

it('ST-08: a policy that is not there lets nobody in; users are sent to whoever runs the client, operators are told', async () => {
  const warned: unknown[] = [];
  const { logger } = broker.service.platform;
  jest.spyOn(logger, 'warn').mockImplementation(((line: unknown) => void warned.push(line)) as never);
  const client = await demo.client({ mfa: { policy: 'mfaa' } });
  const journey = await (await Journey.begin(broker, client)).signIn('dana');
  expect(journey.heading).toBe('This application’s sign-in is set up wrongly');
  expect(journey.page.text).toContain('tell whoever runs Shop');
  expect(journey.page.text).not.toContain('known for your account');
  expect(warned).toEqual([{ appId: 'demo', clientId: client.clientId, policy: 'mfaa' }]);
  await journey.fill({ choose: 'otp:sms|sms:1' });
  expect(journey.heading).toBe('This application’s sign-in is set up wrongly');
  await journey.fill({ action: 'cancel' });
  expect(journey.callback.error).toBe('access_denied');
});
