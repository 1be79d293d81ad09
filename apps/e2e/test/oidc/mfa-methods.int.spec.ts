import { type Bank, expectStatus } from '../../src/bank.ts';
import { basic } from '../../src/http.ts';
import { newNumber } from '../../src/contacts.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import type { Arrived } from '../../src/phone.ts';

describe('MFA methods as Cloudentity manages them', () => {
  const desk = OtpDesk.open('mfa_methods');
  let bank: Bank;
  beforeEach(async () => {
    bank = await desk.system.bank();
  });
  const call = (method: string, path: string, body?: unknown) =>
    bank.api(method, `/v1/mfa-methods${path}`, body);

  it('C7: are e-mail and SMS, in its shape, without any credential of a provider', async () => {
    const { mfa_methods: methods } = expectStatus(await call('GET', ''), 200);
    expect(methods).toEqual([
      {
        ...{ id: 'email', tenant_id: bank.appId, mechanism: 'email', enabled: true },
        settings: {
          email: {
            provider: 'smtp',
            custom_message_subject: expect.any(String),
            custom_message_template: expect.stringContaining('[[OTP]]'),
            otp: { length: 6, expiration: '5m' },
          },
        },
      },
      expect.objectContaining({ id: 'sms', mechanism: 'sms', enabled: true }),
    ]);
    expect(expectStatus(await call('GET', '/sms'), 200)).toEqual(methods[1]);
    expect((await call('GET', '/voice')).body.code).toBe('mfa/method-not-found');
    expect((await call('PUT', '/email', { auth: { email: { password: 'x' } } })).status).toBe(400);
  });

  it('C6: length, lifetime and text hold for the next code, of that channel and application alone', async () => {
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 }, bank);
    const settings = {
      email: { custom_message_template: 'Type [[OTP]] now', otp: { length: 8, expiration: '2m30s' } },
    };
    const changed = expectStatus(await call('PUT', '/email', { settings }), 200);
    expect(changed.settings.email).toMatchObject({
      custom_message_template: 'Type [[OTP]] now',
      otp: { length: 8, expiration: '2m30s' },
    });
    const page = await bank.login(desk.user);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const coded = (message: Arrived) => message.code !== undefined;
    const mail = await desk.phone.next(emails[0]!, coded);
    expect(mail.code).toMatch(/^\d{8}$/);
    expect(mail.text).toContain(`Type ${mail.code} now`);
    const [row] = await desk.rows<{ seconds: number }>(
      `SELECT extract(epoch FROM expires_at - clock_timestamp())::float AS seconds FROM otp_codes
       WHERE purpose = $1`,
      [`flow:${page.flowId}`],
    );
    expect(row!.seconds).toBeGreaterThan(140);
    expect(row!.seconds).toBeLessThanOrEqual(150);
    expectStatus(await page.step('otp/request', { method: 'sms' }), 200);
    expect((await desk.phone.next(phones[0]!, coded)).code).toMatch(/^\d{6}$/);
    const { settings: kept } = expectStatus(await desk.bank.api('GET', '/v1/mfa-methods/email'), 200);
    expect(kept.email.otp.length).toBe(6);
  });

  it('security 1, 2: no code is shorter than six digits or lasts longer than ten minutes', async () => {
    for (const otp of [
      { length: 5 },
      { length: 11 },
      { expiration: '11m' },
      { expiration: '29s' },
      { expiration: 'soon' },
    ])
      expect((await call('PUT', '/sms', { settings: { sms: { otp } } })).status).toBe(400);
    expect((await call('PUT', '/sms', { settings: { email: { otp: { length: 8 } } } })).status).toBe(400);
    const text = await call('PUT', '/sms', { settings: { sms: { custom_message_template: 'a\u0007b' } } });
    expect([text.status, text.body.field]).toEqual([400, 'settings.sms.custom_message_template']);
  });

  it('a disabled one is offered in no flow, until it is enabled again', async () => {
    await desk.contacts({ emails: 1, phones: 1 }, bank);
    const offered = async () =>
      (await bank.login(desk.user)).begun.next.map(({ action }: { action: { name: string } }) => action.name);
    expect(await offered()).toEqual(expect.arrayContaining(['otp:email', 'otp:sms']));
    expectStatus(await call('DELETE', '/email'), 204);
    expect(expectStatus(await call('GET', '/email'), 200).enabled).toBe(false);
    expect(await offered()).not.toContain('otp:email');
    const page = await bank.login(desk.user);
    expect((await page.step('otp/request', { method: 'email' })).status).toBe(403);
    expectStatus(await call('POST', '', { mechanism: 'email' }), 201);
    expect(await offered()).toContain('otp:email');
  });

  it('C10: a test sends a real code that is good for nothing, within budgets', async () => {
    const address = newNumber();
    expectStatus(await call('POST', '/sms/test', { address }), 204);
    expect((await desk.phone.next(address)).code).toMatch(/^\d{6}$/);
    const again = await call('POST', '/sms/test', { address });
    expect([again.status, again.body.code]).toEqual([429, 'access/too-many-requests']);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
    for (const [id, wrong] of [
      ['sms', 'nobody@mail.example'],
      ['email', '+4915112345678'],
      ['email', 'a@b.example\r\nBcc: c@d.example'],
    ]) {
      const refused = await call('POST', `/${id}/test`, { address: wrong });
      expect([refused.status, refused.body.code]).toEqual([422, 'mfa/test-refused']);
    }
  });

  it('API-01: takes the scopes of the application, and is about its own alone', async () => {
    const { key } = await bank.key(['app:read']);
    const as = (method: string, path: string, body?: unknown) =>
      bank.call(method, `/v1/mfa-methods${path}`, { authorization: basic(key), body });
    expect((await as('GET', '')).status).toBe(200);
    expect((await as('PUT', '/email', { enabled: false })).status).toBe(403);
    expect((await as('POST', '/email/test', { address: 'a@mail.example' })).status).toBe(403);
    expect((await bank.call('GET', '/v1/mfa-methods')).status).toBe(401);
    const foreign = await desk.bank.call('GET', '/v1/mfa-methods', { authorization: basic(bank.apiKey) });
    expect(foreign.status).toBe(404);
    expect((await call('PUT', '/email', { tenant_id: desk.bank.appId, enabled: false })).status).toBe(400);
  });
});
