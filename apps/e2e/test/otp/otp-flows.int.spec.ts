import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import type { Answer } from '../../src/http.ts';
import { withContacts } from '../../src/contacts.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const optionsOf = (body: Answer['body'], action: string) =>
  body.next.find((item: { action: { name: string } }) => item.action.name === action)?.options;
const actions = (body: Answer['body']): string[] =>
  body.next.map((item: { action: { name: string } }) => item.action.name);
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;

describe('one-time codes in a flow (contracts L10)', () => {
  let system: System;
  let bank: Bank;
  let phone: Phone;
  let users = 0;
  let user: string;
  beforeAll(async () => {
    system = await System.boot('otp_flows');
    bank = await system.bank();
    phone = new Phone(system);
  });
  afterAll(() => system?.close());
  beforeEach(() => {
    user = `dana-${++users}`;
  });
  /** The pause between two messages is over, as time would have it. */
  const pauseOver = () =>
    system.rows('mfa-orchestrator', `DELETE FROM attempts WHERE scope = 'message-pause'`);
  const refused = ({ status, body }: Answer) => expect([status, body.session]).toEqual([401, undefined]);

  it('L10: begin, request by the label as LoginID’s SDK does, verify', async () => {
    const [email] = (await withContacts(bank, user, { emails: 1 })).emails;
    const page = await bank.login(user);
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
    const { code, text, subject } = await phone.next(email!);
    expect([text, subject]).toEqual([
      `${code} is your code for ${bank.appId}. It is good for 5 minutes. Share it with nobody.`,
      `Your code for ${bank.appId}`,
    ]);
    refused(await page.step('otp/verify', { otp: code === '111111' ? '222222' : '111111' }));
    const done = expectStatus(await page.step('otp/verify', { otp: code }), 200);
    const claims = claimsOf(done.accessToken);
    expect([claims.acr, claims.amr]).toEqual(['aal1', ['otp']]);
  });

  it('contracts §1.7: option is a label, a value, the address, or nothing; anything else is 400', async () => {
    const { emails, phones } = await withContacts(bank, user, { emails: 2, phones: 1 });
    const page = await bank.login(user);
    const [, second] = optionsOf(page.begun, 'otp:email');
    expect([second.name, page.begun.nextAction]).toEqual(['email:secondary', 'otp:sms']);
    expect(optionsOf(page.begun, 'otp:sms')[0].label).toBe(`+1 ••• ${phones[0]!.slice(-2)}`);
    const ask = (method: string, option?: string) => page.step('otp/request', { method, option });
    for (const option of [second.label, second.value, emails[1]!.toUpperCase()]) {
      expectStatus(await ask('email', option), 200);
      await phone.code(emails[1]!);
      await pauseOver();
    }
    expectStatus(await ask('email'), 200);
    await phone.code(emails[0]!);
    expectStatus(await ask('sms', ''), 200);
    const done = expectStatus(await page.step('otp/verify', { otp: await phone.code(phones[0]!) }), 200);
    expect(claimsOf(done.accessToken).amr).toEqual(['otp', 'sms']);
    for (const option of ['mallory@mail.example', 'é•••@mail.example']) {
      const other = await bank.login(user);
      expect((await other.step('otp/request', { method: 'email', option })).status).toBe(400);
    }
  });

  it('contracts §1.5: 400 for what is no request, 403 for what is not offered', async () => {
    await withContacts(bank, user, { emails: 1 });
    const page = await bank.login(user);
    expect((await page.step('otp/request', {})).status).toBe(400);
    expect((await page.step('otp/request', { method: 'voice' })).status).toBe(400);
    expect((await page.step('otp/request', { method: 'sms' })).status).toBe(403);
    expect((await page.step('otp/verify', {})).status).toBe(400);
    refused(await page.step('otp/verify', { otp: '123456' }));
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
    await withContacts(bank, user, { emails: 1 });
    const page = await bank.login(user);
    for (let n = 0; n < 6; n++) expect((await page.step('otp/verify', { otp })).status).toBe(400);
    expect((await page.current()).body.status).toBe('open');
  });

  it('security 3: a code is good once, in its flow, for its user', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [mine, tab] = [await bank.login(user), await bank.login(user)];
    const eve = `eve-${users}`;
    await withContacts(bank, eve, { emails: 1 });
    const hers = await bank.login(eve);
    expectStatus(await mine.step('otp/request', { method: 'email' }), 200);
    const otp = await phone.code(emails[0]!);
    refused(await tab.step('otp/verify', { otp }));
    refused(await hers.step('otp/verify', { otp }));
    const before = mine.session;
    expectStatus(await mine.step('otp/verify', { otp }), 200);
    // the lost answer is had again, by the identical request alone; nobody gets a second one
    expectStatus(await mine.step('otp/verify', { otp }, before), 200);
    refused(await tab.step('otp/verify', { otp }));
  });

  it('invariant 2: of four different requests at once with the right code one completes the flow', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const page = await bank.login(user);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const otp = await phone.code(emails[0]!);
    const all = await Promise.all([1, 2, 3, 4].map((n) => page.repeat('otp/verify', { otp, n })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
    expect(all.filter(({ body }) => body.session || body.accessToken)).toHaveLength(1);
  });

  it('security 7, NIST §3.1.3.2: a new code replaces the old one, and does not give the tries back', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const page = await bank.login(user);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const first = await phone.code(emails[0]!);
    await pauseOver();
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const second = await phone.code(emails[0]!);
    refused(await page.step('otp/verify', { otp: first }));
    await pauseOver();
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const [row] = await system.rows('mfa-orchestrator', 'SELECT tries FROM otp_codes WHERE purpose = $1', [
      `flow:${page.flowId}`,
    ]);
    expect(row).toEqual({ tries: 1 });
    refused(await page.step('otp/verify', { otp: second }));
    expectStatus(await page.step('otp/verify', { otp: await phone.code(emails[0]!) }), 200);
  });

  it('ST-10: one address is one factor, however often it is shown; a second one is another', async () => {
    await bank.policy('two-mails', { offers: ['otp:email'], satisfiedBy: [['otp:email', 'otp:email']] });
    const { emails } = await withContacts(bank, user, { emails: 2 });
    await system.rows('mfa-orchestrator', `UPDATE contacts SET verified_at = now() - interval '2 days'`);
    const page = await bank.beginChallenge((await bank.transaction(user, { requires: 'two-mails' })).id);
    const show = async (address: string) => {
      await pauseOver();
      expectStatus(await page.step('otp/request', { method: 'email', option: address }), 200);
      return page.step('otp/verify', { otp: await phone.code(address) });
    };
    for (let n = 0; n < 3; n++) {
      const again = await show(emails[0]!);
      expect([again.status, actions(again.body)]).toEqual([401, ['otp:email']]);
    }
    expect((await show(emails[1]!)).status).toBe(200);
  });

  it('security 8: e-mail and image passcode never make AAL2; a phone beside a knowledge factor does', async () => {
    await bank.policy('strong-mfa', {
      offers: ['external', 'otp:sms', 'otp:email'],
      satisfiedBy: [
        ['external', 'otp:email'],
        ['external', 'otp:sms'],
      ],
      combinedAcr: 'aal2',
    });
    const { emails, phones } = await withContacts(bank, user, { emails: 1, phones: 1 });
    await system.rows('mfa-orchestrator', `UPDATE contacts SET verified_at = now() - interval '2 days'`);
    const page = await bank.beginChallenge((await bank.transaction(user, { requires: 'strong-mfa' })).id);
    await page.verify(await bank.grant(user, { flowId: page.flowId }));
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const weak = await page.step('otp/verify', { otp: await phone.code(emails[0]!) });
    expect([weak.status, actions(weak.body)]).toEqual([401, ['otp:sms']]);
    expectStatus(await page.step('otp/request', { method: 'sms' }), 200);
    expect((await page.step('otp/verify', { otp: await phone.code(phones[0]!) })).status).toBe(200);
  });

  it('issue 4: an address younger than the setting satisfies a login, and no transaction', async () => {
    await withContacts(bank, user, { emails: 1 });
    await bank.policy('code', {
      offers: ['external', 'otp:email'],
      satisfiedBy: [['external'], ['otp:email']],
    });
    const open = async () => bank.beginChallenge((await bank.transaction(user, { requires: 'code' })).id);
    expect(actions((await bank.login(user)).begun)).toContain('otp:email');
    const young = await open();
    expect(actions(young.begun)).toEqual(['external']);
    expect((await young.step('otp/request', { method: 'email' })).status).toBe(403);
    await system.rows(
      'mfa-orchestrator',
      `UPDATE contacts SET verified_at = now() - interval '1 day' WHERE user_id = (SELECT id FROM users WHERE username_key = $1)`,
      [user],
    );
    expect(actions((await open()).begun)).toEqual(['external', 'otp:email']);
  });

  it('security 17, invariant 1: a code for an address that is removed meanwhile is good for nothing', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1, phones: 1 });
    const page = await bank.login(user);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const otp = await phone.code(emails[0]!);
    expectStatus(await bank.api('DELETE', `/fido2/v2/profile/${user}/email`, { email: emails[0] }), 204);
    expect([401, 403]).toContain((await page.step('otp/verify', { otp })).status);
    expect((await page.current()).body.status).toBe('open');
  });
});
