import { expectStatus } from '../../src/bank.ts';
import { OidcBank, type Person } from '../../src/oidc-bank.ts';
import { OidcUser } from '../../src/oidc-user.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const UNKNOWN = '11111111-1111-4111-8111-111111111111';

/** The account's page and the orchestrator that keeps the factors. */
describe('passkeys on the account’s page', () => {
  let system: System;
  let oidc: OidcBank;
  let phone: Phone;
  beforeAll(async () => {
    system = await System.boot('account_factors', { reachable: true });
    oidc = await OidcBank.open(system);
    phone = new Phone(system);
  });
  afterAll(() => system?.close());

  const factors = async ({ username }: Person): Promise<{ kind: string }[]> =>
    expectStatus(await oidc.bank.api('GET', `/v1/users/${username}`), 200).factors;
  /** A passkey, as far as lists and strength go; ceremonies are tried elsewhere. */
  const givePasskey = ({ username }: Person, verifies: boolean) =>
    system.rows(
      'mfa-orchestrator',
      `INSERT INTO passkeys (id, app_id, user_id, credential_id, public_key, algorithm, sign_count, user_verified,
         backup_eligible, backed_up, aaguid, name)
       SELECT gen_random_uuid(), app_id, id, gen_random_uuid()::text, '\\x00', -7, 0, $3, false, false, $4, 'Laptop'
       FROM users WHERE app_id = $1 AND username_key = $2`,
      [oidc.appId, username, verifies, UNKNOWN],
    );
  /** Signs in, confirms with the code of an e-mail, and presses Remove. */
  async function remove(person: Person) {
    const user = new OidcUser(oidc.browser(), person, phone);
    const account = `${oidc.issuer()}/account`;
    const before = await user.visit(account);
    expect(before.text).toContain('Laptop');
    expect(before.forms.some(({ fields }) => fields.some(({ value }) => value === 'remove-passkey'))).toBe(
      false,
    );
    await user.visit(`${account}/sign-in?confirm=yes`, { upTo: 'code' });
    await user.browser.submit({ code: await phone.code(person.email!) });
    return user.browser.submit({}, 'Remove Laptop');
  }

  it('security 18: a passkey goes after a second factor; the user and the other services know', async () => {
    const person = await oidc.person({ email: true });
    await givePasskey(person, false);
    const { text } = await remove(person);
    expect(text).toContain('The passkey is removed');
    expect((await factors(person)).map(({ kind }) => kind)).toEqual(['otp:email']);
    const { text: told } = await phone.next(person.email!, ({ code }) => code === undefined);
    expect(told).toMatch(/passkey/i);
  });

  it('ASVS 7.5.1: a mailbox does not take away a passkey that verifies its user', async () => {
    const person = await oidc.person({ email: true });
    await givePasskey(person, true);
    const { status, text } = await remove(person);
    expect([status, text]).toEqual([403, expect.stringContaining('strongest passkey')]);
    expect((await factors(person)).map(({ kind }) => kind)).toContain('passkey');
  });
});
