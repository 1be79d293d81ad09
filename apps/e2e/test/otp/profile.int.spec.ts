import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { bearer } from '../../src/http.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const CONTACTS = `SELECT channel, slot, verified_at IS NOT NULL AS verified, sealed_address, address_hash
  FROM contacts c JOIN users u ON u.id = c.user_id WHERE u.username_key = $1 ORDER BY channel, slot`;

describe('profile API (contracts §1.10)', () => {
  let system: System;
  let bank: Bank;
  let phone: Phone;
  let users = 0;
  let user: string;
  beforeAll(async () => {
    system = await System.boot('profile');
    bank = await system.bank();
    phone = new Phone(system);
  });
  afterAll(() => system?.close());
  beforeEach(async () => {
    user = `user-${++users}`;
    await bank.login(user);
  });

  const give = (id: string, body: object, kind = 'email') =>
    bank.api('POST', `/fido2/v2/profile/${encodeURIComponent(id)}/${kind}`, body);
  const verify = (authCode: string, username = user, kind = 'email') =>
    bank.call('POST', `/fido2/v2/profile/${kind}/verify`, { body: { authCode, username } });
  const contacts = (username = user) =>
    system.rows<{ channel: string; slot: string; verified: boolean }>('mfa-orchestrator', CONTACTS, [
      username,
    ]);
  const places = async () =>
    (await contacts()).map(({ channel, slot, verified }) => [channel, slot, verified]);
  const mail = (name: string) => `${name}.${user}@mail.example`;

  it('an address is pending until its code comes back, once', async () => {
    expectStatus(await give(user, { email: mail('dana') }), 204);
    expect(await places()).toEqual([['email', 'pending', false]]);
    const { code, text } = await phone.next(mail('dana'));
    expect(text).toContain(bank.appId);
    expect((await verify('000000')).status).toBe(400);
    expect((await verify(code!)).status).toBe(204);
    expect(await places()).toEqual([['email', 'primary', true]]);
    expect((await verify(code!)).status).toBe(400);
  });

  it('without verification the caller vouches; by userId as by username', async () => {
    const { body } = await bank.api('GET', `/v1/users/${user}`);
    expectStatus(await give(body.userId, { email: mail('a'), requestVerification: false }), 204);
    expectStatus(await give(user, { email: mail('b'), requestVerification: false }), 204);
    expectStatus(await give(user, { email: ` ${mail('B').toUpperCase()}`, requestVerification: false }), 204);
    expect(await places()).toEqual([
      ['email', 'primary', true],
      ['email', 'secondary', true],
    ]);
    expect((await give(user, { email: mail('c'), requestVerification: false })).status).toBe(400);
    expect((await give('nobody', { email: mail('c') })).status).toBe(404);
  });

  it('security 18: a number that is replaced and an address that is removed are told', async () => {
    const [old, fresh] = [`+1202555${1000 + users}`, `+1202556${1000 + users}`];
    for (const phoneNumber of [old, fresh])
      expectStatus(await give(user, { phoneNumber, requestVerification: false }, 'phone'), 204);
    expect((await phone.next(old)).text).toContain('A phone number was added');
    expect((await contacts()).length).toBe(1);
    for (const name of ['a', 'b'])
      expectStatus(await give(user, { email: mail(name), requestVerification: false }), 204);
    await phone.next(mail('a'));
    expectStatus(await bank.api('DELETE', `/fido2/v2/profile/${user}/email`, { email: mail('a') }), 204);
    const told = await phone.next(mail('a'));
    expect([told.subject, told.text]).toEqual([
      `Your ${bank.appId} account was changed`,
      `An e-mail address was removed from your account at ${bank.appId}. If that was not you, tell ${bank.appId} at once.`,
    ]);
    expect((await phone.next(mail('b'))).text).toContain('removed');
    expect(await places()).toEqual([
      ['email', 'primary', true],
      ['sms', 'primary', true],
    ]);
    expectStatus(await bank.api('DELETE', `/fido2/v2/profile/${user}/phone`), 204);
    expect((await bank.api('DELETE', `/fido2/v2/profile/${user}/phone`)).status).toBe(404);
    expect((await bank.api('DELETE', `/fido2/v2/profile/${user}/email`, { email: mail('a') })).status).toBe(
      404,
    );
  });

  it('a number takes codes only with consent', async () => {
    const phoneNumber = `+1202557${1000 + users}`;
    expect((await give(user, { phoneNumber }, 'phone')).status).toBe(400);
    expectStatus(await give(user, { phoneNumber, messagingConsent: true }, 'phone'), 204);
    const code = await phone.code(phoneNumber);
    expect((await verify(code, user, 'email')).status).toBe(400);
    expect((await verify(code, user, 'phone')).status).toBe(204);
    expect(await places()).toEqual([['sms', 'primary', true]]);
  });

  it.each([
    ['email', { email: 'dana@example.com\r\nBcc: x@evil.example' }],
    ['email', { email: 'dana@localhost' }],
    ['email', {}],
    ['phone', { phoneNumber: '112', messagingConsent: true }],
    ['phone', { phoneNumber: { $ne: 1 }, messagingConsent: true }],
  ])('RFC 5321, E.164: 400 for what is no address (%s %j)', async (kind, body) => {
    expect((await give(user, body, kind)).status).toBe(400);
  });

  it('deleting the profile deletes the user with their addresses', async () => {
    expectStatus(await give(user, { email: mail('a'), requestVerification: false }), 204);
    expectStatus(await bank.api('DELETE', `/fido2/v2/profile/${user}`), 204);
    expect(await contacts()).toEqual([]);
    expect((await bank.api('DELETE', `/fido2/v2/profile/${user}`)).status).toBe(404);
  });

  it('EXT-06, API-01: no key 401, a key without the scope 403, another application’s user 404', async () => {
    const path = `/fido2/v2/profile/${user}/email`;
    const body = { email: mail('x') };
    expect((await bank.call('POST', path, { body })).status).toBe(401);
    const { key } = await bank.key(['profile:read']);
    expect((await bank.api('POST', path, body, { authorization: bearer(key) })).status).toBe(403);
    const other = await system.bank();
    expect((await other.api('POST', path, body)).status).toBe(404);
  });

  it('security 4: five tries of a code, however many come at once; a new code does not begin anew', async () => {
    expectStatus(await give(user, { email: mail('v') }), 204);
    const code = await phone.code(mail('v'));
    const wrong = code === '111111' ? '222222' : '111111';
    const all = await Promise.all(Array.from({ length: 8 }, () => verify(wrong)));
    expect(all.every(({ status }) => status === 400)).toBe(true);
    const [row] = await system.rows<{ tries: number }>(
      'mfa-orchestrator',
      'SELECT tries FROM otp_codes WHERE purpose LIKE $1 AND user_id = (SELECT id FROM users WHERE username_key = $2)',
      ['contact:%', user],
    );
    expect(row?.tries).toBe(5);
    expect((await verify(code)).status).toBe(400);
  });

  it('EV-10, OTP-14: no address and no code in rows, events or logs in clear', async () => {
    expectStatus(await give(user, { email: mail('canary') }), 204);
    const code = await phone.code(mail('canary'));
    expect((await verify(code)).status).toBe(204);
    await system.settled();
    for (const table of ['contacts', 'otp_codes', 'messages', 'outbox', 'attempts']) {
      const rows = await system.rows('mfa-orchestrator', `SELECT t::text AS row FROM ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(mail('canary'));
      expect(JSON.stringify(rows)).not.toMatch(new RegExp(`[^0-9]${code}[^0-9]`));
    }
    expect(system.logs.join('\n')).not.toContain(mail('canary'));
  });
});
