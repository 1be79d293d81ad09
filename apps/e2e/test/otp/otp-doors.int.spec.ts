import { expectStatus } from '../../src/bank.ts';
import { offered } from '../../src/next-actions.ts';
import { OtpDesk } from '../../src/otp-desk.ts';

/** What a caller may hope makes a service tell the code (CVE-2026-105211). */
const FLAGS = { returnCode: true, debug: true, echo: true, test: true };
const FLAGGED = `?${Object.keys(FLAGS)
  .map((name) => `${name}=true`)
  .join('&')}`;

describe('every door at which a code is asked for, or taken', () => {
  const desk = OtpDesk.open('otp_doors', { settings: { openFlowsPerClientAddress: 1000 } });

  const whom = () => ({ username: desk.user, usernameType: 'other' });
  const call = (method: string, path: string, more: object = {}) =>
    desk.bank.call(method, `/fido2/v2/${path}`, more);
  const sendLogin = async () =>
    expectStatus(await call('POST', 'auth/otp/email', { body: { user: whom() } }), 204);

  /** Each has a code sent and answers where it is shown, by whom and how. */
  const doors: Record<string, () => Promise<{ path: string; authorization?: string; body: object }>> = {
    'a flow': async () => {
      const { emails } = await desk.contacts({ emails: 1 });
      const page = await desk.login();
      const otp = await desk.codeFor(page, emails[0]!);
      return { path: 'mfa/otp/verify', authorization: page.session, body: { otp } };
    },
    'a login without a flow': async () => {
      const { emails } = await desk.contacts({ emails: 1 });
      await sendLogin();
      const authCode = await desk.phone.code(emails[0]!);
      return { path: 'auth/otp/verify', body: { authCode, user: whom() } };
    },
    'an address that is verified': async () => {
      await desk.login();
      const email = `new.${desk.user}@mail.example`;
      expectStatus(await desk.bank.api('POST', `/fido2/v2/profile/${desk.user}/email`, { email }), 204);
      const authCode = await desk.phone.code(email);
      return { path: 'profile/email/verify', body: { authCode, username: desk.user } };
    },
    'an address that is added in a flow': async () => {
      const page = await desk.bank.begin({ user: { username: desk.user }, enrol: ['email:enrol'] });
      await page.verify(await desk.bank.grant(desk.user, { flowId: page.flowId }));
      const address = `own.${desk.user}@mail.example`;
      expectStatus(await page.step('contact/request', { channel: 'email', address }), 200);
      const otp = await desk.phone.code(address);
      return { path: 'mfa/contact/enrol', authorization: page.session, body: { otp } };
    },
  };

  it.each(Object.keys(doors))(
    'SES-04: %s: GET and HEAD use no code up, nor does what stands in the query; POST does, once',
    async (door) => {
      const { path, authorization, body } = await doors[door]!();
      const query = new URLSearchParams({ username: desk.user, user: desk.user });
      for (const [name, value] of Object.entries(body)) if (typeof value === 'string') query.set(name, value);
      for (const method of ['GET', 'HEAD']) {
        const { status } = await call(method, `${path}?${query}`, { authorization });
        expect(status).toBeGreaterThanOrEqual(400);
      }
      const empty = await call('POST', `${path}?${query}`, { authorization, body: {} });
      expect(empty.status).toBe(400);
      expect([200, 204]).toContain((await call('POST', path, { authorization, body })).status);
      const again = await call('POST', path, { authorization, body: { ...body, again: 1 } });
      expect([400, 401]).toContain(again.status);
    },
  );

  it('OTP-13: whatever a caller asks for, no door tells the code it has sent', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const user = whom();
    const page = await desk.bank.begin({ user: { username: desk.user }, enrol: ['email:enrol'], ...FLAGS });
    const sent: [string, () => Promise<{ text: string; headers: object }>][] = [
      [
        emails[0]!,
        () => call('POST', `auth/otp/email${FLAGGED}`, { body: { user: { ...user, ...FLAGS }, ...FLAGS } }),
      ],
      [emails[0]!, () => page.step(`otp/request${FLAGGED}`, { method: 'email', ...FLAGS })],
      [
        `p.${desk.user}@mail.example`,
        () =>
          desk.bank.api('POST', `/fido2/v2/profile/${desk.user}/email${FLAGGED}`, {
            email: `p.${desk.user}@mail.example`,
            ...FLAGS,
          }),
      ],
      [
        `c.${desk.user}@mail.example`,
        () => {
          const contact = { channel: 'email', address: `c.${desk.user}@mail.example` };
          return page.step(`contact/request${FLAGGED}`, { ...contact, ...FLAGS });
        },
      ],
    ];
    for (const [address, ask] of sent) {
      await desk.pauseOver();
      const { text, headers } = await ask();
      const code = await desk.phone.code(address);
      expect(`${text}${JSON.stringify(headers)}`).not.toContain(code);
      // to add an address in the flow, the one there is comes first
      if (address === emails[0]) await page.step('otp/verify', { otp: code });
    }
  });

  it('OTP-09: a lock holds at every door that takes a code by e-mail: start, verify and issue', async () => {
    const { emails } = await desk.contacts({ emails: 1, phones: 1 });
    const begun = await desk.login();
    const inFlow = await desk.codeFor(begun, emails[0]!);
    await desk.pauseOver();
    await sendLogin();
    const authCode = await desk.phone.code(emails[0]!);
    await desk.pauseOver();
    await desk.emailLocked();
    const page = await desk.login();
    expect(offered(page.begun)).not.toContain('otp:email');
    expectStatus(await page.step('otp/request', { method: 'email' }), 403);
    expect((await begun.step('otp/verify', { otp: inFlow })).status).not.toBe(200);
    expectStatus(await call('POST', 'auth/otp/verify', { body: { authCode, user: whom() } }), 400);
    await sendLogin();
    await desk.system.settled();
    expect((await desk.phone.all(emails[0]!)).filter(({ code }) => code !== undefined)).toHaveLength(2);
    const issued = await desk.system.rows('token-service', 'SELECT 1 FROM issued_tokens WHERE flow_id = $1', [
      begun.flowId,
    ]);
    expect(issued).toEqual([]);
    // what else the user has is not locked (ASVS 6.1.1)
    expectStatus(await page.verify(await desk.bank.grant(desk.user, { flowId: page.flowId })), 200);
  });

  it('OTP-09: a login by a factor that is locked is not refreshed meanwhile, and is again afterwards', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const page = await desk.login();
    const code = await desk.codeFor(page, emails[0]!);
    const { refreshToken } = (await page.step('otp/verify', { otp: code })).body;
    const refresh = () => call('POST', 'auth/refresh', { body: { refreshToken } });
    await desk.emailLocked();
    expectStatus(await refresh(), 401);
    expectStatus(await desk.bank.api('POST', `/v1/users/${desk.user}/unlock`, {}), 204);
    expectStatus(await refresh(), 200);
  });
});
