import { expectStatus } from '../../src/bank.ts';
import { newNumber } from '../../src/contacts.ts';
import { bearer } from '../../src/http.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import { wrongFor } from '../../src/phone.ts';

const CONTACTS = `SELECT channel, slot, verified_at IS NOT NULL AS verified, sealed_address, address_hash
  FROM contacts c JOIN users u ON u.id = c.user_id WHERE u.username_key = $1 ORDER BY channel, slot`;

describe('profile API (contracts §1.10)', () => {
  const desk = OtpDesk.open('profile');
  beforeEach(async () => {
    await desk.login();
  });

  const give = (id: string, body: object, kind = 'email') =>
    desk.bank.api('POST', `/fido2/v2/profile/${encodeURIComponent(id)}/${kind}`, body);
  const verify = (authCode: string, username = desk.user, kind = 'email') =>
    desk.bank.call('POST', `/fido2/v2/profile/${kind}/verify`, { body: { authCode, username } });
  const contacts = (username = desk.user) =>
    desk.rows<{ channel: string; slot: string; verified: boolean }>(CONTACTS, [username]);
  const places = async () =>
    (await contacts()).map(({ channel, slot, verified }) => [channel, slot, verified]);
  const mail = (name: string) => `${name}.${desk.user}@mail.example`;

  it('an address is pending until its code comes back, once', async () => {
    expectStatus(await give(desk.user, { email: mail('dana') }), 204);
    expect(await places()).toEqual([['email', 'pending', false]]);
    const { code, text } = await desk.phone.next(mail('dana'));
    expect(text).toContain(desk.bank.appId);
    expect((await verify('000000')).status).toBe(400);
    expect((await verify(code!)).status).toBe(204);
    expect(await places()).toEqual([['email', 'primary', true]]);
    expect((await verify(code!)).status).toBe(400);
  });

  it('without verification the caller vouches; by userId as by username', async () => {
    const { body } = await desk.bank.api('GET', `/v1/users/${desk.user}`);
    expectStatus(await give(body.userId, { email: mail('a'), requestVerification: false }), 204);
    expectStatus(await give(desk.user, { email: mail('b'), requestVerification: false }), 204);
    expectStatus(
      await give(desk.user, { email: ` ${mail('B').toUpperCase()}`, requestVerification: false }),
      204,
    );
    expect(await places()).toEqual([
      ['email', 'primary', true],
      ['email', 'secondary', true],
    ]);
    expect((await give(desk.user, { email: mail('c'), requestVerification: false })).status).toBe(400);
    expect((await give('nobody', { email: mail('c') })).status).toBe(404);
  });

  it('security 18: a number that is replaced and an address that is removed are told', async () => {
    const [old, fresh] = [newNumber(), newNumber()];
    for (const phoneNumber of [old, fresh])
      expectStatus(await give(desk.user, { phoneNumber, requestVerification: false }, 'phone'), 204);
    expect((await desk.phone.next(old)).text).toContain('A phone number was added');
    expect((await contacts()).length).toBe(1);
    for (const name of ['a', 'b'])
      expectStatus(await give(desk.user, { email: mail(name), requestVerification: false }), 204);
    await desk.phone.next(mail('a'));
    expectStatus(
      await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/email`, { email: mail('a') }),
      204,
    );
    const told = await desk.phone.next(mail('a'));
    expect([told.subject, told.text]).toEqual([
      `Your ${desk.bank.appId} account was changed`,
      `An e-mail address was removed from your account at ${desk.bank.appId}. If that was not you, tell ${desk.bank.appId} at once.`,
    ]);
    expect((await desk.phone.next(mail('b'))).text).toContain('removed');
    expect(await places()).toEqual([
      ['email', 'primary', true],
      ['sms', 'primary', true],
    ]);
    expectStatus(await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/phone`), 204);
    expect((await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/phone`)).status).toBe(404);
    expect(
      (await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/email`, { email: mail('a') })).status,
    ).toBe(404);
  });

  it('a number takes codes only with consent', async () => {
    const phoneNumber = newNumber();
    expect((await give(desk.user, { phoneNumber }, 'phone')).status).toBe(400);
    expectStatus(await give(desk.user, { phoneNumber, messagingConsent: true }, 'phone'), 204);
    const code = await desk.phone.code(phoneNumber);
    expect((await verify(code, desk.user, 'email')).status).toBe(400);
    expect((await verify(code, desk.user, 'phone')).status).toBe(204);
    expect(await places()).toEqual([['sms', 'primary', true]]);
  });

  it.each([
    ['email', { email: 'dana@example.com\r\nBcc: x@evil.example' }],
    ['email', { email: 'dana@localhost' }],
    ['email', {}],
    ['phone', { phoneNumber: '112', messagingConsent: true }],
    ['phone', { phoneNumber: { $ne: 1 }, messagingConsent: true }],
  ])('RFC 5321, E.164: 400 for what is no address (%s %j)', async (kind, body) => {
    expect((await give(desk.user, body, kind)).status).toBe(400);
  });

  it('deleting the profile deletes the user with their addresses', async () => {
    expectStatus(await give(desk.user, { email: mail('a'), requestVerification: false }), 204);
    expectStatus(await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}`), 204);
    expect(await contacts()).toEqual([]);
    expect((await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}`)).status).toBe(404);
  });

  it('EXT-06, API-01: no key 401, a key without the scope 403, another application’s user 404', async () => {
    const path = `/fido2/v2/profile/${desk.user}/email`;
    const body = { email: mail('x') };
    expect((await desk.bank.call('POST', path, { body })).status).toBe(401);
    const { key } = await desk.bank.key(['profile:read']);
    expect((await desk.bank.api('POST', path, body, { authorization: bearer(key) })).status).toBe(403);
    const other = await desk.system.bank();
    expect((await other.api('POST', path, body)).status).toBe(404);
  });

  it('security 4: five tries of a code, however many come at once; a new code does not begin anew', async () => {
    expectStatus(await give(desk.user, { email: mail('v') }), 204);
    const code = await desk.phone.code(mail('v'));
    const wrong = wrongFor(code);
    const all = await Promise.all(Array.from({ length: 8 }, () => verify(wrong)));
    expect(all.every(({ status }) => status === 400)).toBe(true);
    const [row] = await desk.rows<{ tries: number }>(
      'SELECT tries FROM otp_codes WHERE purpose LIKE $1 AND user_id = (SELECT id FROM users WHERE username_key = $2)',
      ['contact:%', desk.user],
    );
    expect(row?.tries).toBe(5);
    expect((await verify(code)).status).toBe(400);
  });

  it('EV-10, OTP-14: no address and no code in rows, events or logs in clear', async () => {
    expectStatus(await give(desk.user, { email: mail('canary') }), 204);
    const code = await desk.phone.code(mail('canary'));
    expect((await verify(code)).status).toBe(204);
    await desk.system.settled();
    for (const table of ['contacts', 'otp_codes', 'messages', 'outbox', 'attempts']) {
      const rows = await desk.rows(`SELECT t::text AS row FROM ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(mail('canary'));
      expect(JSON.stringify(rows)).not.toMatch(new RegExp(`[^0-9]${code}[^0-9]`));
    }
    expect(desk.system.logs.join('\n')).not.toContain(mail('canary'));
  });
});
