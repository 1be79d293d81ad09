import { beforeEnrolment } from '../../src/authenticator-app.ts';
import { type Bank, expectRefused, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import { claimsOf } from '../../src/decision.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

describe('recovery codes', () => {
  let system: System;
  let bank: Bank;
  beforeAll(async () => {
    system = await System.boot('recovery');
    bank = await system.bank();
  });
  afterAll(() => system?.close());

  /** Enrols a set for a user without factors; answers its ten codes. */
  const withCodes = async (username: string): Promise<string[]> => {
    const page = await beforeEnrolment(bank, username, 'recovery:enrol');
    const { codes } = expectStatus(await page.step('recovery/request', {}), 200);
    expectStatus(await page.step('recovery/enrol', { code: codes[9] }), 200);
    return codes;
  };
  const show = async (username: string, code: unknown) =>
    (await bank.login(username)).step('recovery/verify', { code });
  const shown = async (username: string) => (await bank.user(username)).factors;

  it('issue 4, security 6: ten codes are shown once; one typed back confirms them and stays good', async () => {
    const codes = await withCodes('ann');
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(await shown('ann')).toEqual([
      expect.objectContaining({ kind: 'recovery', label: '10 recovery codes left' }),
    ]);
    const done = expectStatus(await show('ann', codes[9]), 200);
    const claims = claimsOf(done.accessToken);
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['otp']]);
    expect(await shown('ann')).toEqual([
      expect.objectContaining({ label: '9 recovery codes left', lastUsedAt: expect.any(String) }),
    ]);
  });

  it('a code is taken as people type it', async () => {
    const [code] = await withCodes('ben');
    const typed = ` ${code!.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expectStatus(await show('ben', typed), 200);
  });

  it('security 6: a code is good once', async () => {
    const [code, other] = await withCodes('cora');
    expectStatus(await show('cora', code), 200);
    expectRefused(await show('cora', code));
    expectStatus(await show('cora', other), 200);
  });

  it('invariant 2: of one code shown in many flows at once, one is taken', async () => {
    const [code] = await withCodes('dave');
    const pages = await Promise.all([1, 2, 3, 4].map(() => bank.login('dave')));
    const answers = await Promise.all(pages.map((page) => page.step('recovery/verify', { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(await shown('dave')).toEqual([expect.objectContaining({ label: '9 recovery codes left' })]);
  });

  it('SES-02: a set satisfies nothing until it is confirmed; then the one before is gone, whole', async () => {
    const old = await withCodes('emil');
    const page = await bank.begin({ user: { username: 'emil' }, enrol: ['recovery:enrol'] });
    expectStatus(await page.step('recovery/request', {}), 403);
    expectStatus(await page.step('recovery/verify', { code: old[0] }), 401);
    const first = expectStatus(await page.step('recovery/request', {}), 200).codes;
    const second = expectStatus(await page.step('recovery/request', {}), 200).codes;
    for (const code of [first[0], second[0]]) expectRefused(await show('emil', code));
    expectStatus(await show('emil', old[1]), 200);
    expectRefused(await page.step('recovery/enrol', { code: first[0] }));
    expectRefused(await page.step('recovery/enrol', { code: old[2] }));
    expectStatus(await page.step('recovery/enrol', { code: second[0] }), 200);
    expectRefused(await show('emil', old[3]));
    expectStatus(await show('emil', second[0]), 200);
    expect(await shown('emil')).toHaveLength(1);
  });

  it('ASVS 6.3.7: who uses a code is told, with how many are left; so is who gets new ones', async () => {
    const { emails } = await withContacts(bank, 'gus', { emails: 1 });
    const [to] = emails as [string];
    const phone = new Phone(system);
    const page = await bank.begin({ user: { username: 'gus' }, enrol: ['recovery:enrol'] });
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    expectStatus(await page.step('otp/verify', { otp: await phone.code(to) }), 401);
    const { codes } = expectStatus(await page.step('recovery/request', {}), 200);
    expectStatus(await page.step('recovery/enrol', { code: codes[0] }), 200);
    const made = await phone.next(to, ({ text }) => text.includes('New recovery codes'));
    expectStatus(await show('gus', codes[0]), 200);
    const used = await phone.next(to, ({ text }) => text.includes('recovery code was used'));
    expect(used.text).toContain('9 recovery codes are left');
    for (const { text } of [made, used]) for (const code of codes) expect(text).not.toContain(code);
  });

  it.each([
    [1234],
    [''],
    ['0123-4567-89AB-CDE'],
    ['0123-4567-89AB-CDEF-0'],
    [{ $ne: 1 }],
    [null],
    ['x'.repeat(5000)],
  ])('OTP-21: %j is no code, and costs no try', async (code) => {
    await withCodes(`strict-${String(JSON.stringify(code)).length}`);
    expectStatus(await show(`strict-${String(JSON.stringify(code)).length}`, code), 400);
  });

  it('OTP-14: no code and no hash of it leaves the database; what is kept there is salted and peppered', async () => {
    const codes = await withCodes('fay');
    expectStatus(await show('fay', codes[0]), 200);
    await system.settled();
    const rows = await system.rows('mfa-orchestrator', 'SELECT * FROM recovery_codes');
    const written = [JSON.stringify(rows), ...system.bus.seen.map(({ text }) => text), ...system.logs].join();
    for (const code of codes) {
      expect(written).not.toContain(code);
      expect(written).not.toContain(code.replaceAll('-', ''));
    }
  });
});
