import { expectStatus } from '../../src/bank.ts';
import { newNumber } from '../../src/contacts.ts';
import { offered } from '../../src/next-actions.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import type { Page } from '../../src/page.ts';
import { wrongFor } from '../../src/phone.ts';

describe('adding one’s own address in a flow', () => {
  const desk = OtpDesk.open('enrol_contact');

  const begin = (enrol: string[]) => desk.bank.begin({ user: { username: desk.user }, enrol });
  const vouched = async (enrol: string[]): Promise<Page> => {
    const page = await begin(enrol);
    const next = await page.verify(await desk.bank.grant(desk.user, { flowId: page.flowId }));
    expect([next.status, offered(next.body)]).toEqual([401, enrol]);
    return page;
  };
  const slots = () =>
    desk.rows<{ slot: string; verified: boolean }>(
      `SELECT slot, verified_at IS NOT NULL AS verified FROM contacts c JOIN users u ON u.id = c.user_id
       WHERE username_key = $1 ORDER BY slot`,
      [desk.user],
    );

  it('issue 4: the first address needs somebody who vouches, and its code; then it is a factor', async () => {
    const mail = `first.${desk.user}@mail.example`;
    const early = await begin(['email:enrol']);
    expect((await early.step('contact/request', { channel: 'email', address: mail })).status).toBe(403);
    const page = await vouched(['email:enrol']);
    const session = page.session;
    const sent = await page.step('contact/request', { channel: 'email', address: mail });
    expect([sent.status, sent.body]).toEqual([200, { session }]);
    expect(await slots()).toEqual([]);
    const otp = await desk.phone.code(mail);
    const wrong = await page.step('contact/enrol', { otp: wrongFor(otp) });
    expect([wrong.status, wrong.body.session]).toEqual([401, undefined]);
    expectStatus(await page.step('contact/enrol', { otp }), 200);
    expect(await slots()).toEqual([{ slot: 'primary', verified: true }]);
    expect(offered((await desk.login()).begun)).toContain('otp:email');
    await desk.system.settled();
    expect(desk.system.bus.events('mfa.user.factor-added.v1', { kind: 'otp:email' })).toHaveLength(1);
  });

  it('security 18: the address there was is told; a number is replaced', async () => {
    const { phones, emails } = await desk.contacts({ phones: 1, emails: 1 });
    const page = await begin(['sms:enrol']);
    expectStatus(await page.step('otp/request', { method: 'sms' }), 200);
    await page.step('otp/verify', { otp: await desk.phone.code(phones[0]!) });
    const number = newNumber();
    expectStatus(await page.step('contact/request', { channel: 'sms', address: number }), 200);
    expectStatus(await page.step('contact/enrol', { otp: await desk.phone.code(number) }), 200);
    const added = ({ text }: { text: string }) => text.includes('A phone number was added');
    await desk.phone.next(phones[0]!, added);
    await desk.phone.next(emails[0]!, added);
    expect((await desk.phone.all(number)).some(added)).toBe(false);
    expect((await slots()).length).toBe(2);
  });

  it('a code proves the address it was sent to, not the one asked for last', async () => {
    const [one, two] = [`one.${desk.user}@mail.example`, `two.${desk.user}@mail.example`];
    const page = await vouched(['email:enrol']);
    expectStatus(await page.step('contact/request', { channel: 'email', address: one }), 200);
    const otp = await desk.phone.code(one);
    expectStatus(await page.step('contact/request', { channel: 'email', address: two }), 200);
    const second = await desk.phone.code(two);
    expect((await page.step('contact/enrol', { otp })).status).toBe(401);
    expectStatus(await page.step('contact/enrol', { otp: second }), 200);
    const { factors } = await desk.bank.user(desk.user);
    expect(JSON.stringify(factors)).toContain('t•••@mail.example');
  });

  it('invariant 1: a code for enrolling is none for a login, nor in another flow', async () => {
    const address = `x.${desk.user}@mail.example`;
    const [page, other] = [await vouched(['email:enrol']), await vouched(['email:enrol'])];
    expectStatus(await page.step('contact/request', { channel: 'email', address }), 200);
    const otp = await desk.phone.code(address);
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
    const { emails } = await desk.contacts({ emails: 2 });
    const page = await begin(['email:enrol']);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    await page.step('otp/verify', { otp: await desk.phone.code(emails[0]!) });
    for (const address of [emails[1]!.toUpperCase(), 'third@mail.example'])
      expect((await page.step('contact/request', { channel: 'email', address })).status).toBe(400);
  });
});
