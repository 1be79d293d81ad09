import { jest } from '@jest/globals';
import { Journey } from '../../test/login-pages.ts';
import { CODE, MfaFlows } from '../../test/mfa-flows.ts';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { ProviderApplication } from '../../test/provider-application.ts';
import { partsOf, type Registered } from '../../test/relying-party.ts';

/** What a remembered device counts for, beside what enforcement.int.spec.ts tries of it. */
jest.setTimeout(30_000);

const broker = new OidcBroker();
const demo = new ProviderApplication(broker);
let client: Registered;

beforeAll(async () => {
  await broker.open();
  const flows = await MfaFlows.of(broker);
  await demo.user('dana');
  flows.withPhone.add('dana');
  client = await demo.client({ mfa: { policy: 'mfa' }, rememberDeviceSeconds: 7_776_000 });
}, 60_000);
afterAll(() => broker.close());

const ASKED = 'Confirm that it is you';
/** Shows everything, and has the browser remembered. */
const remembered = async (): Promise<Journey> => {
  const journey = await (await Journey.begin(broker, client)).signIn('dana');
  await journey.mfa(CODE);
  return journey.fill({ remember: 'yes' });
};
/** Signs in with the password in the same browser, whose session is gone unless the request says otherwise. */
const signedInAgain = async (
  { browser }: Journey,
  changed: Record<string, string> = {},
): Promise<Journey> => {
  if (Object.keys(changed).length === 0) browser.cookies.delete('oidc-demo');
  return (await Journey.begin(broker, client, changed, browser)).signIn('dana');
};
const claimsOf = async ({ party, callback, heading }: Journey) => {
  expect([heading, callback]).toEqual(['', expect.objectContaining({ code: expect.any(String) })]);
  return partsOf((await party.redeem(callback.code ?? '')).json.id_token as string).claims;
};

describe('a remembered device and what was shown on it', () => {
  it('ST-17: stands in for nothing once what was shown no longer lets its user in, until it is shown anew', async () => {
    const journey = await remembered();
    expect((await signedInAgain(journey)).callback.code).toBeDefined();
    // the policy was raised, or a factor removed or locked: the orchestrator stands by none of it
    broker.neighbours.standingFlows.clear();
    const asked = await signedInAgain(journey);
    expect([asked.heading, asked.callback]).toEqual([ASKED, {}]);
    await asked.mfa(CODE);
    expect(asked.heading).toBe('Remember this browser?');
    await asked.fill({ remember: 'yes' });
    expect((await signedInAgain(asked)).callback.code).toBeDefined();
  });

  it('ST-17: what another application’s flow showed is none', async () => {
    const journey = await remembered();
    for (const flowId of broker.neighbours.standingFlows.keys())
      broker.neighbours.standingFlows.set(flowId, 'acme');
    expect((await signedInAgain(journey)).heading).toBe(ASKED);
  });

  it('ST-17: one that was remembered before its flow was kept shows a code once more', async () => {
    const journey = await remembered();
    await broker.service.database.query(`UPDATE remembered_devices SET flows = '{}'`);
    expect((await signedInAgain(journey)).heading).toBe(ASKED);
  });

  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
  ])(
    'C9: %s asks for the password anew; a device stands in for the code then too',
    async (_what, changed) => {
      const journey = await remembered();
      const before = await claimsOf(journey);
      const again = await signedInAgain(journey, changed);
      const { acr, amr, auth_time: authTime } = await claimsOf(again);
      expect([before.acr, acr, amr]).toEqual(['aal2', 'aal1', ['pwd']]);
      expect(authTime).toBeGreaterThanOrEqual(before.auth_time as number);
    },
  );
});
