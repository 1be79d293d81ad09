import { FixedClock } from '@countersign/kernel';
import { AuthenticatorApp, beforeEnrolment, withApp } from '../../src/authenticator-app.ts';
import { type Bank, expectRefused, expectStatus } from '../../src/bank.ts';
import { claimsOf } from '../../src/decision.ts';
import { offered } from '../../src/next-actions.ts';
import { System } from '../../src/system.ts';

describe('authenticator apps', () => {
  const clock = new FixedClock(new Date());
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('totp', { clock });
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  /** A login in which a code is shown. */
  const show = async (username: string, otp: string) =>
    (await bank.login(username)).step('totp/verify', { otp });

  it('issue 4: secret, key URI and QR code are shown; the first code confirms and completes', async () => {
    const page = await beforeEnrolment(bank, 'ann', 'totp:enrol');
    const before = page.session;
    const { session, secret, uri, qr } = expectStatus(await page.step('totp/request', {}), 200);
    expect(session).toBe(before);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toContain(`otpauth://totp/${bank.appId}:ann?issuer=${bank.appId}&secret=${secret}`);
    expect(qr).toMatch(/^data:image\/png;base64,iVBOR/);
    // asked again, by another tab: the same, so that the code scanned first stays good
    expect(expectStatus(await page.step('totp/request', {}), 200).secret).toBe(secret);
    const done = expectStatus(
      await page.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }),
      200,
    );
    expect(done.accessToken).not.toBe('');
    const { factors } = await bank.user('ann');
    expect(factors).toEqual([expect.objectContaining({ kind: 'totp', label: 'Authenticator app' })]);
    await system.settled();
    const [added] = system.bus.events('mfa.user.factor-added.v1', { id: factors[0].id });
    expect(added!.data).toEqual({ userId: expect.any(String), kind: 'totp', id: factors[0].id });
    expect(system.bus.seen.some(({ text }) => text.includes(secret))).toBe(false);
  });

  it('security 5: what is kept is sealed', async () => {
    const { app } = await withApp(bank, 'sealed', clock);
    const rows = await system.rows<{ sealed: string }>(
      'mfa-orchestrator',
      'SELECT sealed_secret AS sealed FROM totp_secrets',
    );
    expect(rows.every(({ sealed }) => sealed.startsWith('v1.'))).toBe(true);
    expect(app.code()).toMatch(/^\d{6}$/);
  });

  it('the user is asked for it from then on, and a code lets them in with what it is worth', async () => {
    const { app } = await withApp(bank, 'ben', clock);
    clock.advance(30);
    const page = await bank.login('ben');
    expect(offered(page.begun)).toContain('totp:verify');
    expectRefused(await page.step('totp/verify', { otp: app.wrong() }));
    const done = expectStatus(await page.step('totp/verify', { otp: app.code() }), 200);
    const claims = claimsOf(done.accessToken);
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['otp']]);
  });

  it('OTP-10, RFC 6238 §5.2: the code that confirmed the app is used up', async () => {
    const { app } = await withApp(bank, 'cora', clock);
    expectRefused(await show('cora', app.code()));
    clock.advance(30);
    expectStatus(await show('cora', app.code()), 200);
  });

  it('OTP-10: of one code shown in many flows at once, one is taken', async () => {
    const { app } = await withApp(bank, 'dave', clock);
    clock.advance(30);
    const pages = await Promise.all([1, 2, 3, 4].map(() => bank.login('dave')));
    const answers = await Promise.all(pages.map((page) => page.step('totp/verify', { otp: app.code() })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    for (const answer of answers) if (answer.status === 401) expectRefused(answer);
  });

  it('OTP-10: after a code of the next step, one of the step before is no longer taken', async () => {
    const { app } = await withApp(bank, 'emil', clock);
    clock.advance(60);
    expectStatus(await show('emil', app.code(1)), 200);
    for (const steps of [-1, 0, 1]) expectRefused(await show('emil', app.code(steps)));
    expectRefused(await show('emil', app.code(2)));
  });

  it('contracts §1.6: a repeat of the very step whose answer was lost gets that answer', async () => {
    const { app } = await withApp(bank, 'fay', clock);
    clock.advance(30);
    const page = await bank.login('fay');
    const session = page.session;
    const first = expectStatus(await page.repeat('totp/verify', { otp: app.code() }, session), 200);
    const again = expectStatus(await page.repeat('totp/verify', { otp: app.code() }, session), 200);
    expect(again.flowId).toBe(first.flowId);
  });

  it.each([
    [123456],
    ['12345'],
    ['1234567'],
    ['12345 '],
    ['１２３４５６'],
    ['0e1234'],
    [{ $ne: 1 }],
    [['123456']],
    [null],
  ])('OTP-21: %j is no code, and costs no try', async (otp) => {
    const page = await beforeEnrolment(bank, `strict-${JSON.stringify(otp)}`, 'totp:enrol');
    await page.step('totp/request', {});
    expectStatus(await page.step('totp/enrol', { otp }), 400);
    expectStatus(await page.step('totp/verify', { otp }), 400);
  });

  it('SES-02: before somebody vouched, and while another proof is asked for, there is no secret to be had', async () => {
    const fresh = await bank.begin({ user: { username: 'gus' }, enrol: ['totp:enrol'] });
    expectStatus(await fresh.step('totp/request', {}), 403);
    const { app } = await withApp(bank, 'gus', clock);
    // the one who stole a session before the second proof cannot replace it
    const page = await bank.begin({ user: { username: 'gus' }, enrol: ['totp:enrol'] });
    expectStatus(await page.step('totp/request', {}), 403);
    expectStatus(await page.step('totp/enrol', { otp: app.code() }), 403);
    clock.advance(30);
    expect(offered(expectStatus(await page.step('totp/verify', { otp: app.code() }), 401))).toEqual([
      'totp:enrol',
    ]);
    expectStatus(await page.step('totp/request', {}), 200);
  });

  it('SES-02: the old app is good until the new one is confirmed, and not after', async () => {
    const { app } = await withApp(bank, 'hal', clock);
    clock.advance(30);
    const page = await bank.begin({ user: { username: 'hal' }, enrol: ['totp:enrol'] });
    expectStatus(await page.step('totp/verify', { otp: app.code() }), 401);
    const { secret } = expectStatus(await page.step('totp/request', {}), 200);
    clock.advance(30);
    expectStatus(await show('hal', app.code()), 200);
    const fresh = new AuthenticatorApp(secret, clock);
    expectRefused(await show('hal', fresh.code()));
    expectStatus(await page.step('totp/enrol', { otp: fresh.code() }), 200);
    clock.advance(30);
    expectRefused(await show('hal', app.code()));
    expectStatus(await show('hal', fresh.code()), 200);
    const { factors } = await bank.user('hal');
    expect(factors).toHaveLength(1);
  });

  it('SES-06: with the old app go other flows in which it was shown', async () => {
    const { app } = await withApp(bank, 'hanna', clock);
    await bank.policy('both', { offers: ['totp', 'external'], satisfiedBy: [['totp', 'external']] });
    const { beginTicket } = await bank.transaction('hanna', { requires: 'both' });
    const stolen = await bank.begin({ beginTicket });
    clock.advance(30);
    expectStatus(await stolen.step('totp/verify', { otp: app.code() }), 401);
    const page = await bank.begin({ user: { username: 'hanna' }, enrol: ['totp:enrol'] });
    clock.advance(30);
    expectStatus(await page.step('totp/verify', { otp: app.code() }), 401);
    const { secret } = expectStatus(await page.step('totp/request', {}), 200);
    expectStatus(await page.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }), 200);
    expectRefused(await stolen.verify(await bank.grant('hanna')));
  });

  it('SES-02: a secret of one flow is confirmed in no other', async () => {
    const mine = await beforeEnrolment(bank, 'ida', 'totp:enrol');
    const { secret } = expectStatus(await mine.step('totp/request', {}), 200);
    const other = await beforeEnrolment(bank, 'ida', 'totp:enrol');
    expectRefused(await other.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }));
    await other.step('totp/request', {});
    expectRefused(await other.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }));
    expectStatus(await mine.step('totp/enrol', { otp: new AuthenticatorApp(secret, clock).code() }), 200);
  });

  it('NIST SP 800-63B-4 §2.2: enrolling an app is no second factor of the flow it happens in', async () => {
    const { accessToken } = await withApp(bank, 'jan', clock);
    const claims = claimsOf(accessToken);
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['ext']]);
  });

  it('OTP-01: ten wrong codes an hour over any number of flows, then the right one is refused too; management unlocks', async () => {
    const { app } = await withApp(bank, 'kim', clock);
    clock.advance(30);
    await Promise.all(Array.from({ length: 14 }, () => show('kim', app.wrong())));
    const shown = await bank.user('kim');
    expect(shown.locks).toEqual([{ kind: 'locked-factor', factor: 'totp', until: expect.any(String) }]);
    const page = await bank.login('kim');
    expect(offered(page.begun)).not.toContain('totp:verify');
    expectRefused(await page.step('totp/verify', { otp: app.code() }));
    expectStatus(await bank.api('POST', '/v1/users/kim/unlock'), 204);
    expect((await bank.user('kim')).locks).toEqual([]);
    expectStatus(await show('kim', app.code()), 200);
  });

  it('SES-07: concealed, who has an app or codes and who has not look alike, and so do right format and wrong flow', async () => {
    const quiet = await system.bank({
      settings: {
        accountExistence: 'conceal',
        defaultPolicies: { login: 'standard', transaction: 'standard' },
      },
    });
    const { app } = await withApp(quiet, 'known', clock);
    clock.advance(30);
    const seen = async (username: string) => {
      const page = await quiet.login(username);
      const answers = [
        await page.step('totp/verify', { otp: app.wrong() }),
        await page.step('recovery/verify', { code: '0123-4567-89AB-CDEF' }),
        await page.step('totp/request', {}),
        await page.step('recovery/request', {}),
      ];
      return [offered(page.begun), ...answers.map(({ status, text }) => [status, text])];
    };
    const [known, unknown] = [await seen('known'), await seen('nobody')];
    expect(unknown).toEqual(known);
    expect(known[0]).toEqual(expect.arrayContaining(['totp:verify', 'recovery:verify']));
    expectStatus(await (await quiet.login('known')).step('totp/verify', { otp: app.code() }), 200);
  });
});
