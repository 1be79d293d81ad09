import { expectRefused, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import { claimsOf } from '../../src/decision.ts';
import { offered, optionsOf } from '../../src/next-actions.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import { wrongFor } from '../../src/phone.ts';

describe('one-time codes in a flow (contracts L10)', () => {
  const desk = OtpDesk.open('otp_flows');

  it('L10: begin, request by the label as LoginID’s SDK does, verify', async () => {
    const [email] = (await desk.contacts({ emails: 1 })).emails;
    const page = await desk.login();
    expect([page.begun.nextAction, page.begun.flow]).toEqual(['otp:email', 'signUp']);
    const [option] = optionsOf(page.begun, 'otp:email');
    expect(option).toEqual({
      name: 'email:primary',
      label: `${email![0]}•••@mail.example`,
      value: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const session = page.session;
    const sent = await page.step('otp/request', { method: 'email', option: option.label });
    expect([sent.status, sent.body]).toEqual([200, { session }]);
    const { code, text, subject } = await desk.phone.next(email!);
    expect([text, subject]).toEqual([
      `${code} is your code for ${desk.bank.appId}. It is good for 5 minutes. Share it with nobody.`,
      `Your code for ${desk.bank.appId}`,
    ]);
    expectRefused(await page.step('otp/verify', { otp: wrongFor(code!) }));
    const done = expectStatus(await page.step('otp/verify', { otp: code }), 200);
    const claims = claimsOf(done.accessToken);
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['otp']]);
  });

  it('contracts §1.7: option is a label, a value, the address, or nothing; anything else is 400', async () => {
    const { emails, phones } = await desk.contacts({ emails: 2, phones: 1 });
    const page = await desk.login();
    const [, second] = optionsOf(page.begun, 'otp:email');
    expect([second.name, page.begun.nextAction]).toEqual(['email:secondary', 'otp:sms']);
    expect(optionsOf(page.begun, 'otp:sms')[0].label).toBe(`+1 ••• ${phones[0]!.slice(-2)}`);
    const ask = (method: string, option?: string) => page.step('otp/request', { method, option });
    for (const option of [second.label, second.value, emails[1]!.toUpperCase()]) {
      expectStatus(await ask('email', option), 200);
      await desk.phone.code(emails[1]!);
      await desk.pauseOver();
    }
    expectStatus(await ask('email'), 200);
    await desk.phone.code(emails[0]!);
    expectStatus(await ask('sms', ''), 200);
    const done = expectStatus(await page.step('otp/verify', { otp: await desk.phone.code(phones[0]!) }), 200);
    expect(claimsOf(done.accessToken).amr).toEqual(['otp', 'sms']);
    for (const option of ['mallory@mail.example', 'é•••@mail.example']) {
      const other = await desk.login();
      expect((await other.step('otp/request', { method: 'email', option })).status).toBe(400);
    }
  });

  it('contracts §1.5: 400 for what is no request, 403 for what is not offered', async () => {
    await desk.contacts({ emails: 1 });
    const page = await desk.login();
    expect((await page.step('otp/request', {})).status).toBe(400);
    expect((await page.step('otp/request', { method: 'voice' })).status).toBe(400);
    expect((await page.step('otp/request', { method: 'sms' })).status).toBe(403);
    expect((await page.step('otp/verify', {})).status).toBe(400);
    expectRefused(await page.step('otp/verify', { otp: '123456' }));
    expect((await page.step('otp/request', { method: 'email' }, 'x'.repeat(43))).status).toBe(401);
  });

  it.each([
    [123456],
    ['012345 '],
    ['１２３４５６'],
    ['0e12345'],
    [{ $ne: 1 }],
    [['123456']],
    [null],
    ['1'.repeat(11)],
  ])('OTP-21: %j is no code, and counts as none', async (otp) => {
    await desk.contacts({ emails: 1 });
    const page = await desk.login();
    for (let n = 0; n < 6; n++) expect((await page.step('otp/verify', { otp })).status).toBe(400);
    expect((await page.current()).body.status).toBe('open');
  });

  it('security 3: a code is good once, in its flow, for its user', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [mine, tab] = [await desk.login(), await desk.login()];
    const eve = `eve-${desk.user}`;
    await withContacts(desk.bank, eve, { emails: 1 });
    const hers = await desk.bank.login(eve);
    const otp = await desk.codeFor(mine, emails[0]!);
    expectRefused(await tab.step('otp/verify', { otp }));
    expectRefused(await hers.step('otp/verify', { otp }));
    const before = mine.session;
    expectStatus(await mine.step('otp/verify', { otp }), 200);
    // the lost answer is had again, by the identical request alone; nobody gets a second one
    expectStatus(await mine.step('otp/verify', { otp }, before), 200);
    expectRefused(await tab.step('otp/verify', { otp }));
  });

  it('invariant 2: of four different requests at once with the right code one completes the flow', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const page = await desk.login();
    const otp = await desk.codeFor(page, emails[0]!);
    const all = await Promise.all([1, 2, 3, 4].map((n) => page.repeat('otp/verify', { otp, n })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(all.filter(({ body }) => body.session || body.accessToken)).toHaveLength(1);
  });

  it('security 7, NIST §3.1.3.2: a new code replaces the old one, and does not give the tries back', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const page = await desk.login();
    const first = await desk.codeFor(page, emails[0]!);
    await desk.pauseOver();
    const second = await desk.codeFor(page, emails[0]!);
    expectRefused(await page.step('otp/verify', { otp: first }));
    await desk.pauseOver();
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const [row] = await desk.rows('SELECT tries FROM otp_codes WHERE purpose = $1', [`flow:${page.flowId}`]);
    expect(row).toEqual({ tries: 1 });
    expectRefused(await page.step('otp/verify', { otp: second }));
    expectStatus(await page.step('otp/verify', { otp: await desk.phone.code(emails[0]!) }), 200);
  });

  it('ST-10: one address is one factor, however often it is shown; a second one is another', async () => {
    await desk.bank.policy('two-mails', { offers: ['otp:email'], satisfiedBy: [['otp:email', 'otp:email']] });
    const { emails } = await desk.contacts({ emails: 2 });
    await desk.contactsAged();
    const page = await desk.bank.beginChallenge(
      (await desk.bank.transaction(desk.user, { requires: 'two-mails' })).id,
    );
    const show = async (address: string) => {
      await desk.pauseOver();
      expectStatus(await page.step('otp/request', { method: 'email', option: address }), 200);
      return page.step('otp/verify', { otp: await desk.phone.code(address) });
    };
    for (let n = 0; n < 3; n++) {
      const again = await show(emails[0]!);
      expect([again.status, offered(again.body)]).toEqual([401, ['otp:email']]);
    }
    expect((await show(emails[1]!)).status).toBe(200);
  });

  it('security 8: e-mail and image passcode never make AAL2; a phone beside a knowledge factor does', async () => {
    await desk.bank.policy('strong-mfa', {
      offers: ['external', 'otp:sms', 'otp:email'],
      satisfiedBy: [
        ['external', 'otp:email'],
        ['external', 'otp:sms'],
      ],
      combinedAcr: 'aal2',
    });
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 });
    await desk.contactsAged();
    const page = await desk.bank.beginChallenge(
      (await desk.bank.transaction(desk.user, { requires: 'strong-mfa' })).id,
    );
    await page.verify(await desk.bank.grant(desk.user, { flowId: page.flowId }));
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const weak = await page.step('otp/verify', { otp: await desk.phone.code(emails[0]!) });
    expect([weak.status, offered(weak.body)]).toEqual([401, ['otp:sms']]);
    expectStatus(await page.step('otp/request', { method: 'sms' }), 200);
    expect((await page.step('otp/verify', { otp: await desk.phone.code(phones[0]!) })).status).toBe(200);
  });

  it('issue 4: an address younger than the setting satisfies a login, and no transaction', async () => {
    await desk.contacts({ emails: 1 });
    await desk.bank.policy('code', {
      offers: ['external', 'otp:email'],
      satisfiedBy: [['external'], ['otp:email']],
    });
    const open = async () =>
      desk.bank.beginChallenge((await desk.bank.transaction(desk.user, { requires: 'code' })).id);
    expect(offered((await desk.login()).begun)).toContain('otp:email');
    const young = await open();
    expect(offered(young.begun)).toEqual(['external']);
    expect((await young.step('otp/request', { method: 'email' })).status).toBe(403);
    await desk.rows(
      `UPDATE contacts SET verified_at = now() - interval '1 day' WHERE user_id = (SELECT id FROM users WHERE username_key = $1)`,
      [desk.user],
    );
    expect(offered((await open()).begun)).toEqual(['external', 'otp:email']);
  });

  it('security 17, invariant 1: a code for an address that is removed meanwhile is good for nothing', async () => {
    const { emails } = await desk.contacts({ emails: 1, phones: 1 });
    const page = await desk.login();
    const otp = await desk.codeFor(page, emails[0]!);
    expectStatus(
      await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/email`, { email: emails[0] }),
      204,
    );
    expect([401, 403]).toContain((await page.step('otp/verify', { otp })).status);
    expect((await page.current()).body.status).toBe('open');
  });
});
