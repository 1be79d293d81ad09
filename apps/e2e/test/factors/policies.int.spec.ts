import { FixedClock } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { withApp } from '../../src/authenticator-app.ts';
import { type Bank, expectStatus } from '../../src/bank.ts';
import { claimsOf } from '../../src/decision.ts';
import { offered } from '../../src/next-actions.ts';
import type { Page } from '../../src/page.ts';
import { System } from '../../src/system.ts';

describe('policies over every factor', () => {
  const clock = new FixedClock(new Date());
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('policies', { clock });
    bank = await system.bank({ settings: { accountExistence: 'disclose' } });
  });
  afterAll(() => system?.close());

  const login = async (username: string) =>
    expectStatus(await (await bank.login(username)).verify(await bank.grant(username)), 200);

  it('ST-09: the default is external until the user has a factor; then what they have is asked for', async () => {
    expect(offered((await bank.login('ann')).begun)).toEqual(['external']);
    await withApp(bank, 'ann', clock);
    const page = await bank.login('ann');
    expect([offered(page.begun), page.begun.because, page.begun.nextAction]).toEqual([
      ['totp:verify', 'external'],
      ['policy'],
      'external', // what LoginID's SDK derives, which knows no totp (contracts §1.7)
    ]);
    const challenge = await bank.transaction('ann');
    expect(challenge.because).toEqual(['policy:standard']);
  });

  it('enumeration: concealed, the first answer is the same for whoever has a factor and whoever is unknown', async () => {
    const hidden = await system.bank({
      settings: { accountExistence: 'conceal', defaultPolicies: { login: 'standard' } },
    });
    await withApp(hidden, 'ben', clock);
    const shape = (page: Page) => page.begun.next.map(({ action }: { action: object }) => action);
    const known = await hidden.login('ben');
    const unknown = await hidden.login('nobody');
    expect(shape(known)).toEqual(shape(unknown));
    expect(JSON.stringify(known.begun).length).toBe(JSON.stringify(unknown.begun).length);
    expect(known.begun.flow).toBe(unknown.begun.flow);
  });

  it('AAL2: the application’s check and an authenticator app together are two factors, and the decision says so', async () => {
    const { app } = await withApp(bank, 'cora', clock);
    clock.advance(60);
    const { beginTicket } = await bank.transaction('cora', { requires: 'strong' });
    const page = await bank.begin({ beginTicket });
    const first = expectStatus(await page.step('totp/verify', { otp: app.code() }), 401);
    expect(offered(first)).toEqual(['external']);
    const done = expectStatus(await page.verify(await bank.grant('cora', { flowId: page.flowId })), 200);
    expect(claimsOf(done.payloadSignature)).toMatchObject({
      acr: 'aal2',
      amr: expect.arrayContaining(['otp', 'ext', 'mfa']),
    });
  });

  it('step-up: a fresh login counts for a policy that takes one, a stale one does not', async () => {
    const { app } = await withApp(bank, 'dave', clock);
    await bank.policy('step-up', {
      offers: ['totp'],
      satisfiedBy: [['login', 'totp']],
      loginMaxAgeSeconds: 300,
    });
    const stepUp = async (accessToken: string) => {
      const { id } = await bank.transaction('dave', { requires: 'step-up' });
      return bank.tryBegin({ challengeId: id }, { authorization: accessToken });
    };
    const { accessToken } = await login('dave');
    clock.advance(240);
    const { session } = expectStatus(await stepUp(accessToken), 200);
    const done = await bank.call('POST', '/fido2/v2/mfa/totp/verify', {
      authorization: session,
      body: { otp: app.code() },
    });
    expect(done.status).toBe(200);
    const stale = await login('dave');
    clock.advance(301);
    const late = expectStatus(await stepUp(stale.accessToken), 200);
    const refused = await bank.call('POST', '/fido2/v2/mfa/totp/verify', {
      authorization: late.session,
      body: { otp: app.code() },
    });
    expect([refused.status, refused.body.session]).toEqual([401, undefined]);
  });

  it('a policy that an earlier login alone would satisfy, or that names what is reserved, is refused', async () => {
    for (const [name, satisfiedBy] of [
      ['bad', [['login']]],
      ['bad', [['grant', 'external']]],
      ['registration', [['external']]],
    ] as const)
      expect(
        (await bank.api('PUT', `/v1/policies/${name}`, { offers: ['external'], satisfiedBy })).status,
      ).toBe(400);
  });

  it('ST-08, SES-06: a refresh asks whether the login would let its user in today', async () => {
    const own = await system.bank({ settings: { accountExistence: 'disclose' } });
    const { app } = await withApp(own, 'eve', clock);
    const refresh = (refreshToken: string) =>
      own.call('POST', '/fido2/v2/auth/refresh', { body: { refreshToken } });
    const byApp = async () => {
      clock.advance(60);
      const page = await own.login('eve');
      return expectStatus(await page.step('totp/verify', { otp: app.code() }), 200);
    };
    const first = await byApp();
    const { refreshToken } = expectStatus(await refresh(first.refreshToken), 200);
    // policy is raised: what was shown is not enough any more
    await own.policy('standard', {
      offers: ['external', 'totp'],
      satisfiedBy: [['external', 'totp']],
    });
    expect((await refresh(refreshToken)).status).toBe(401);
    expectStatus(await own.api('DELETE', '/v1/policies/standard'), 204);
    // the factor it was begun with is taken away
    const second = await byApp();
    const { factors } = await own.user('eve');
    const gone = await own.api('DELETE', `/v1/users/eve/factors/totp/${factors[0].id}`);
    expectStatus(gone, 204);
    expect((await refresh(second.refreshToken)).status).toBe(401);
    // and its access token ends as soon as the event has travelled
    const lists = () => own.call('GET', '/fido2/v2/passkeys', { authorization: second.accessToken });
    await waitFor(async () => (await lists()).status === 401, { what: 'the end of the access token' });
  });

  it('replay: who would newly be challenged, eased or locked out; nothing is changed by asking', async () => {
    const own = await system.bank({ settings: { accountExistence: 'disclose' } });
    await own.policy('pay', { offers: ['external', 'totp'], satisfiedBy: [['external']] });
    await withApp(own, 'has-app', clock);
    const paid = async (username: string) => {
      const { beginTicket } = await own.transaction(username, { requires: 'pay' });
      const page = await own.begin({ beginTicket });
      return page.verify(await own.grant(username, { flowId: page.flowId }));
    };
    for (const username of ['has-app', 'has-nothing']) expectStatus(await paid(username), 200);
    const replay = async (definition: object) =>
      expectStatus(await own.api('POST', '/v1/policies/replay', { policy: 'pay', definition }), 200);
    const both = { offers: ['external', 'totp'], satisfiedBy: [['external', 'totp']] };
    expect(await replay(both)).toMatchObject({
      flows: 2,
      unchanged: 0,
      challenged: 1,
      lockedOut: 1,
      eased: 0,
      users: { challenged: 1, lockedOut: 1, eased: 0 },
      changes: [
        { username: 'has-nothing', change: 'locked-out', because: ['no-action:pay'] },
        { username: 'has-app', change: 'challenged', next: ['totp:verify'] },
      ],
    });
    expect(await replay({ offers: ['external'], satisfiedBy: [['external']] })).toMatchObject({
      unchanged: 2,
    });
    // now the stricter one is written, a flow is left half done, and the old version is tried on it
    await own.policy('pay', both);
    expectStatus(await paid('has-app'), 401);
    const page = await own.begin({
      beginTicket: (await own.transaction('has-app', { requires: 'pay' })).beginTicket,
    });
    await page.verify(await own.grant('has-app', { flowId: page.flowId }));
    await page.abandon();
    const eased = await own.api('POST', '/v1/policies/replay', { policy: 'pay', version: 1 });
    expect(expectStatus(eased, 200)).toMatchObject({ eased: 1, unchanged: 2 });
    expect((await own.api('POST', '/v1/policies/replay', { policy: 'pay', version: 9 })).status).toBe(404);
    expect((await own.api('POST', '/v1/policies/replay', { policy: 'pay' })).status).toBe(400);
    expect((await own.api('GET', '/v1/policies/pay')).body.version).toBe(2);
  });
});
