import { expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import type { Answer } from '../../src/http.ts';
import { optionsOf } from '../../src/next-actions.ts';
import { OtpDesk } from '../../src/otp-desk.ts';

/** An answer without what is random or a time: what is left must not tell users apart. */
const shape = ({ status, headers, body, text }: Answer) => {
  const { session, flowId, expiresAt: _, next, ...rest } = body;
  const { date: _d, 'x-correlation-id': _x, ...names } = headers;
  const items = JSON.stringify(next ?? []).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uuid>');
  return [status, rest, items, session?.length, flowId?.length, text.length, Object.keys(names).sort()];
};

describe('one-time codes of those who must not be found out (accountExistence: conceal)', () => {
  const desk = OtpDesk.open('otp_conceal', {
    settings: {
      accountExistence: 'conceal',
      defaultPolicies: { login: 'codes' },
      openFlowsPerClientAddress: 1000,
    },
  });
  let address: string;
  beforeAll(async () => {
    await desk.bank.policy('codes', {
      offers: ['otp:sms', 'otp:email', 'external'],
      satisfiedBy: [['otp:email'], ['otp:sms'], ['external']],
    });
    address = (await withContacts(desk.bank, 'known', { emails: 1 })).emails[0]!;
  });

  it('SES-07: begin, request, wrong code and a used-up budget answer the same for all', async () => {
    const names = ['known', 'unknown', 'no-address'];
    const seen: unknown[][] = [];
    for (const username of names) {
      const begun = await desk.bank.tryBegin({ user: { username } });
      const page = await desk.bank.login(username);
      const answers = [begun];
      for (const option of [undefined, 'your e-mail address', address, 'a•••@mail.example'])
        answers.push(await page.step('otp/request', { method: 'email', option }));
      answers.push(await page.step('otp/request', { method: 'sms' }));
      answers.push(await page.step('otp/verify', { otp: '000000' }));
      for (let n = 0; n < 6; n++) answers.push(await page.step('otp/request', { method: 'email' }));
      seen.push(answers.map(shape));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[0]!.map((one) => (one as unknown[])[0])).toEqual([
      200,
      200,
      200,
      200,
      200,
      200,
      401,
      ...Array(6).fill(200),
    ]);
    expect(JSON.stringify(seen)).not.toContain(address.slice(1));
  });

  it('contracts §1.4: there is one email:primary with a generic label and a value that stays the same', async () => {
    const option = async (username: string) =>
      optionsOf((await desk.bank.login(username)).begun, 'otp:email');
    const [one, again, other] = [await option('known'), await option('known'), await option('unknown')];
    expect(one).toEqual([
      {
        name: 'email:primary',
        label: 'your e-mail address',
        value: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect(again).toEqual(one);
    expect(other[0].value).not.toBe(one[0].value);
  });

  it('and the owner gets in all the same', async () => {
    const user = 'owner';
    const { emails } = await withContacts(desk.bank, user, { emails: 1 });
    const page = await desk.bank.login(user);
    const [option] = optionsOf(page.begun, 'otp:email');
    expectStatus(await page.step('otp/request', { method: 'email', option: option.label }), 200);
    expectStatus(await page.step('otp/verify', { otp: await desk.phone.code(emails[0]!) }), 200);
  });

  it('OTP-09: concealed, a lock shows nowhere, and lets nobody in', async () => {
    const { emails } = await withContacts(desk.bank, 'locked', { emails: 1 });
    await desk.emailLocked('locked');
    const [locked, free] = [await desk.bank.login('locked'), await desk.bank.login('unknown-2')];
    const ask = { method: 'email' };
    expect(shape(await locked.step('otp/request', ask))).toEqual(shape(await free.step('otp/request', ask)));
    const code = { otp: '123456' };
    expect(shape(await locked.step('otp/verify', code))).toEqual(shape(await free.step('otp/verify', code)));
    await desk.system.settled();
    expect((await desk.phone.all(emails[0]!)).filter((message) => message.code)).toEqual([]);
  });
});
