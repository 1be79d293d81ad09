import { FixedClock } from '@countersign/kernel';
import { type CreationAsked, SoftwareAuthenticator, waitFor } from '@countersign/testing';
import { beforeEnrolment, withApp, AuthenticatorApp } from '../../src/authenticator-app.ts';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import { decode } from '../../src/decision.ts';
import type { Answer } from '../../src/http.ts';
import { PasskeyUser } from '../../src/passkey-user.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

describe('attacks on registration: who may put a passkey into an account', () => {
  const clock = new FixedClock(new Date());
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('registration', { clock });
    bank = await system.bank({ settings: { accountExistence: 'disclose', openRegistration: true } });
  });
  afterAll(() => system?.close());

  const device = (of = bank, options = {}) =>
    new SoftwareAuthenticator(`https://${of.appId}.localhost`, options);
  const init = (username: string, token?: string, of = bank): Promise<Answer> =>
    of.call('POST', '/fido2/v2/reg/init', {
      authorization: token,
      body: { app: { id: of.appId }, deviceInfo: {}, user: { username, usernameType: 'other' } },
    });
  const complete = (begun: Answer['body'], of = bank, quirks = {}): Promise<Answer> => {
    const creationResult = device(of).create(begun.registrationRequestOptions as CreationAsked, quirks);
    return of.call('POST', '/fido2/v2/reg/complete', { body: { session: begun.session, creationResult } });
  };
  const passkeysOf = async (username: string) => {
    const { factors } = expectStatus(await bank.api('GET', `/v1/users/${username}`), 200);
    return factors.filter(({ kind }: { kind: string }) => kind === 'passkey').length as number;
  };

  it('a reset does not open the account to whoever comes first', async () => {
    await new PasskeyUser(bank, 'reset').enrol();
    expectStatus(await bank.api('POST', '/v1/users/reset/reset'), 204);
    expect((await init('reset')).status).toBe(403);
  });

  it.each([
    ['a challenge', (username: string) => bank.transaction(username)],
    ['an audit action', (username: string) => bank.auditDecided(bank.action(username, { name: 'Other' }))],
    ['an SSO identifier', (u: string) => bank.api('PUT', `/v1/sso-identifiers/${u}`, { value: 'x' })],
    ['a grant', (username: string) => bank.grant(username)],
  ])(
    'whom the application has named by %s exists, and nobody registers openly for them',
    async (what, name) => {
      const username = `named-${what.replaceAll(' ', '-')}`;
      await name(username);
      expect((await init(username)).status).toBe(403);
      // what a stranger has begun names nobody
      await bank.login(`stranger-${username}`);
      expectStatus(await complete(expectStatus(await init(`stranger-${username}`), 200)), 200);
    },
  );

  it('pre-hijacking: a registration begun before the user exists is worth nothing once they do', async () => {
    const before = expectStatus(await init('contact'), 200);
    await withContacts(bank, 'contact', { emails: 1 });
    expect((await complete(before)).status).toBe(403);

    const early = expectStatus(await init('signing-up'), 200);
    const page = await beforeEnrolment(bank, 'signing-up', 'totp:enrol', 'recovery:enrol');
    const { secret } = expectStatus(await page.step('totp/request', {}), 200);
    expectStatus(await page.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }), 401);
    expect((await complete(early)).status).toBe(403);
    expect(await passkeysOf('signing-up')).toBe(0);
  });

  it('of five open registrations at once one makes a passkey', async () => {
    const begun = await Promise.all([1, 2, 3, 4, 5].map(async () => expectStatus(await init('race'), 200)));
    const answers = await Promise.all(begun.map((one) => complete(one)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await passkeysOf('race')).toBe(1);
  });

  it('ST-08: no registration hands out a login that policy would not let in', async () => {
    const strict = await system.bank({
      settings: {
        accountExistence: 'disclose',
        openRegistration: true,
        defaultPolicies: { login: 'strong' },
      },
    });
    const weak = { userVerified: false };
    const refused = await complete(expectStatus(await init('weak', undefined, strict), 200), strict, weak);
    expect([refused.status, refused.body.jwtAccess]).toEqual([403, undefined]);
    // a passkey that verifies its user is what the policy asks for; so is one with the application's own check
    expectStatus(await complete(expectStatus(await init('verified', undefined, strict), 200), strict), 200);
    const { token } = expectStatus(
      await strict.api('POST', '/fido2/v2/mgmt/grant', { grants: ['reg:write'], username: 'granted' }),
      200,
    );
    const both = await complete(expectStatus(await init('granted', token, strict), 200), strict, weak);
    expect(decode(expectStatus(both, 200).jwtAccess).payload).toMatchObject({ acr: 'aal2' });
  });

  it('step-up, ASVS 7.5.1: what a login opens is as old as the login, and after a quarter of an hour opens nothing', async () => {
    const { accessToken } = await withApp(bank, 'old', clock);
    const { auth_time: loggedInAt } = decode(accessToken).payload as { auth_time: number };
    clock.advance(300);
    const done = expectStatus(await complete(expectStatus(await init('old', accessToken), 200)), 200);
    expect(decode(done.jwtAccess).payload).toMatchObject({ auth_time: loggedInAt, acr: 'aal1' });
    const long = await system.bank({
      settings: { accountExistence: 'disclose', accessTokenTtlSeconds: 3600 },
    });
    const { accessToken: stale } = await withApp(long, 'old', clock);
    clock.advance(901);
    expect((await init('old', stale, long)).status).toBe(403);
  });

  it('a mailbox alone brings in no passkey where the user has more', async () => {
    const { emails } = await withContacts(bank, 'mail', { emails: 1, phones: 1 });
    const page = await bank.begin({ user: { username: 'mail' }, enrol: ['passkey:reg'] });
    expectStatus(await page.step('otp/request', { method: 'email', option: emails[0] }), 200);
    const otp = await new Phone(system).code(emails[0]!);
    const answer = expectStatus(await page.step('otp/verify', { otp }), 401);
    expect(answer.because).toEqual(['enrolment-needs-stronger-proof']);
    expect(JSON.stringify(answer.next)).not.toContain('passkey:reg');
  });

  it('ST-17: a default policy that is raised holds for what is under way, and for refreshing', async () => {
    const own = await system.bank({ settings: { accountExistence: 'disclose' } });
    const done = expectStatus(await (await own.login('fay')).verify(await own.grant('fay')), 200);
    const page = await own.login('fay');
    const raise = { settings: { defaultPolicies: { login: 'strong' } } };
    const patch = await system.asPlatform('PATCH', `/v1/applications/${own.appId}`, { body: raise });
    expectStatus(patch, 200);
    // settings are believed for a second
    const probe = async () => (await own.login('probe')).verify(await own.grant('probe'));
    await waitFor(async () => (await probe()).status !== 200, { what: 'the raised policy' });
    const after = await page.verify(await own.grant('fay', { flowId: page.flowId }));
    expect(after.status).not.toBe(200);
    const body = { refreshToken: done.refreshToken };
    expect((await own.call('POST', '/fido2/v2/auth/refresh', { body })).status).toBe(401);
  });

  it('flows begun with an access token count among the proven ones', async () => {
    const { accessToken } = await withApp(bank, 'many', clock);
    const begin = () => bank.tryBegin({ user: { username: 'many' } }, { authorization: accessToken });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await begin()).status);
    expect(statuses).toEqual([200, 200, 200, 400, 400]);
  });
});
