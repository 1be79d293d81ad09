import { type Bank, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import type { Answer } from '../../src/http.ts';
import type { Page } from '../../src/page.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const actions = (body: Answer['body']): string[] =>
  body.next.map((item: { action: { name: string } }) => item.action.name);

describe('adding one’s own address in a flow', () => {
  let system: System;
  let bank: Bank;
  let phone: Phone;
  let users = 0;
  let user: string;
  beforeAll(async () => {
    system = await System.boot('enrol_contact');
    bank = await system.bank();
    phone = new Phone(system);
  });
  afterAll(() => system?.close());
  beforeEach(() => {
    user = `user-${++users}`;
  });

  const begin = (enrol: string[]) => bank.begin({ user: { username: user }, enrol });
  const vouched = async (enrol: string[]): Promise<Page> => {
    const page = await begin(enrol);
    const next = await page.verify(await bank.grant(user, { flowId: page.flowId }));
    expect([next.status, actions(next.body)]).toEqual([401, enrol]);
    return page;
  };
  const slots = () =>
    system.rows<{ slot: string; verified: boolean }>(
      'mfa-orchestrator',
      `SELECT slot, verified_at IS NOT NULL AS verified FROM contacts c JOIN users u ON u.id = c.user_id
       WHERE username_key = $1 ORDER BY slot`,
      [user],
    );

  it('issue 4: the first address needs somebody who vouches, and its code; then it is a factor', async () => {
    const mail = `first${users}@mail.example`;
    const early = await begin(['email:enrol']);
    expect((await early.step('contact/request', { channel: 'email', address: mail })).status).toBe(403);
    const page = await vouched(['email:enrol']);
    const session = page.session;
    const sent = await page.step('contact/request', { channel: 'email', address: mail });
    expect([sent.status, sent.body]).toEqual([200, { session }]);
    expect(await slots()).toEqual([]);
    const otp = await phone.code(mail);
    const wrong = await page.step('contact/enrol', { otp: otp === '111111' ? '222222' : '111111' });
    expect([wrong.status, wrong.body.session]).toEqual([401, undefined]);
    expectStatus(await page.step('contact/enrol', { otp }), 200);
    expect(await slots()).toEqual([{ slot: 'primary', verified: true }]);
    expect(actions((await bank.login(user)).begun)).toContain('otp:email');
    await system.settled();
    expect(system.bus.events('mfa.user.factor-added.v1', { kind: 'otp:email' })).toHaveLength(1);
  });

  it('security 18: the address there was is told; a number is replaced', async () => {
    const { phones, emails } = await withContacts(bank, user, { phones: 1, emails: 1 });
    const page = await begin(['sms:enrol']);
    expectStatus(await page.step('otp/request', { method: 'sms' }), 200);
    await page.step('otp/verify', { otp: await phone.code(phones[0]!) });
    const number = `+1303555${1000 + users}`;
    expectStatus(await page.step('contact/request', { channel: 'sms', address: number }), 200);
    expectStatus(await page.step('contact/enrol', { otp: await phone.code(number) }), 200);
    const added = ({ text }: { text: string }) => text.includes('A phone number was added');
    await phone.next(phones[0]!, added);
    await phone.next(emails[0]!, added);
    expect((await phone.all(number)).some(added)).toBe(false);
    expect((await slots()).length).toBe(2);
  });

  it('a code proves the address it was sent to, not the one asked for last', async () => {
    const [one, two] = [`one${users}@mail.example`, `two${users}@mail.example`];
    const page = await vouched(['email:enrol']);
    expectStatus(await page.step('contact/request', { channel: 'email', address: one }), 200);
    const otp = await phone.code(one);
    expectStatus(await page.step('contact/request', { channel: 'email', address: two }), 200);
    const second = await phone.code(two);
    expect((await page.step('contact/enrol', { otp })).status).toBe(401);
    expectStatus(await page.step('contact/enrol', { otp: second }), 200);
    const { factors } = expectStatus(await bank.api('GET', `/v1/users/${user}`), 200);
    expect(JSON.stringify(factors)).toContain('t•••@mail.example');
  });

  it('invariant 1: a code for enrolling is none for a login, nor in another flow', async () => {
    const address = `x${users}@mail.example`;
    const [page, other] = [await vouched(['email:enrol']), await vouched(['email:enrol'])];
    expectStatus(await page.step('contact/request', { channel: 'email', address }), 200);
    const otp = await phone.code(address);
    expect((await other.step('contact/enrol', { otp })).status).toBe(401);
    expect([401, 403]).toContain((await page.step('otp/verify', { otp })).status);
    expectStatus(await page.step('contact/enrol', { otp }), 200);
  });

  it.each([
    ['email', 'nobody'],
    ['email', 'a@mail.example\r\nBcc: b@evil.example'],
    ['sms', '112'],
    ['fax', '+4912345678'],
  ])('400 for what is no address: %s %j', async (channel, address) => {
    const page = await vouched(['email:enrol', 'sms:enrol']);
    expect((await page.step('contact/request', { channel, address })).status).toBe(400);
  });

  it('there is room for two e-mail addresses, and none for one twice', async () => {
    const { emails } = await withContacts(bank, user, { emails: 2 });
    const page = await begin(['email:enrol']);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    await page.step('otp/verify', { otp: await phone.code(emails[0]!) });
    for (const address of [emails[1]!.toUpperCase(), 'third@mail.example'])
      expect((await page.step('contact/request', { channel: 'email', address })).status).toBe(400);
  });
});
