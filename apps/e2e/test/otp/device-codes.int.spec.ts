import { FixedClock } from '@countersign/kernel';
import { waitFor } from '@countersign/testing';
import { expectStatus } from '../../src/bank.ts';
import { OtpDesk } from '../../src/otp-desk.ts';

describe('codes made with an access token, and what guesses at this door lock', () => {
  const clock = new FixedClock(new Date());
  const desk = OtpDesk.open('device_codes', {
    clock,
    settings: { openFlowsPerClientAddress: 1000, accessTokenTtlSeconds: 3600 },
  });
  // proofs are dated by the database
  beforeEach(() => clock.set(new Date()));

  const whom = () => ({ username: desk.user, usernameType: 'other' });
  const send = (channel: string, of = desk.bank) =>
    of.call('POST', `/fido2/v2/auth/otp/${channel}`, { body: { user: whom() } });
  const verify = (authCode: string, of = desk.bank) =>
    of.call('POST', '/fido2/v2/auth/otp/verify', { body: { authCode, user: whom() } });
  const make = (authorization: string, of = desk.bank) =>
    of.call('POST', '/fido2/v2/auth/otp', { authorization });
  const me = async (authorization: string) =>
    (await desk.bank.call('GET', '/v1/me/factors', { authorization })).status;
  const signedIn = async (channel: string, address: string, of = desk.bank): Promise<string> => {
    expectStatus(await send(channel, of), 204);
    return expectStatus(await verify(await desk.phone.code(address), of), 200).jwtAccess;
  };
  const junk = async (times: number) => {
    for (let i = 0; i < times; i++) expect((await verify(`${1000000000 + i}`)).status).toBe(400);
  };

  it('SES-06: a logout takes the codes of the login along; a code made after another login is good', async () => {
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 });
    const other = await signedIn('sms', phones[0]!);
    const token = await signedIn('email', emails[0]!);
    const { code } = expectStatus(await make(token), 200);
    expectStatus(await desk.bank.call('POST', '/fido2/v2/auth/logout', { authorization: token }), 204);
    await waitFor(async () => (await me(token)) === 401, { timeoutMs: 2_000 });
    const [refused, wrong] = [await verify(code), await verify('1000000000')];
    expect([refused.status, refused.text]).toEqual([400, wrong.text]);
    expectStatus(await verify(expectStatus(await make(other), 200).code), 200);
  });

  it('ASVS 7.2.4: a code is good no longer than the token that made it, whose text is in no row', async () => {
    const short = await desk.system.bank({ settings: { accessTokenTtlSeconds: 600 } });
    const { emails } = await desk.contacts({ emails: 1 }, short);
    const token = await signedIn('email', emails[0]!, short);
    clock.advance(400);
    const { code, expiresAt } = expectStatus(await make(token, short), 200);
    expect(new Date(expiresAt).getTime() - Date.now()).toBeLessThanOrEqual(200_000);
    const rows = await desk.rows('SELECT carries FROM otp_codes');
    expect(JSON.stringify(rows)).not.toContain(token.split('.')[1]);
    clock.advance(201);
    expect((await verify(code, short)).status).toBe(400);
  });

  it('ASVS 7.2.4: making one takes a login of the last 15 minutes, so that codes of codes end', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const token = await signedIn('email', emails[0]!);
    clock.advance(890);
    const { code } = expectStatus(await make(token), 200);
    const { jwtAccess } = expectStatus(await verify(code), 200);
    clock.advance(20);
    for (const old of [token, jwtAccess]) {
      const refused = await make(old);
      expect([refused.status, refused.body.msg]).toEqual([403, expect.stringContaining('15 minutes')]);
      expect(await me(old)).toBe(200);
    }
  });

  it('OTP-06: guesses before there is a code lock nobody out', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    await junk(25);
    const token = await signedIn('email', emails[0]!);
    await junk(25);
    expectStatus(await verify(expectStatus(await make(token), 200).code), 200);
    const { userId } = await desk.bank.user(desk.user);
    const counted = await desk.rows(
      `SELECT scope FROM attempts WHERE key = $1 AND scope NOT LIKE 'nobody%' AND count > 0 AND scope NOT LIKE 'message%'`,
      [userId],
    );
    expect(counted).toEqual([]);
  });

  it('OTP-06: guesses at a code that was sent do not lock the door of one made with an access token', async () => {
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 });
    const token = await signedIn('sms', phones[0]!);
    expectStatus(await send('email'), 204);
    const sent = await desk.phone.code(emails[0]!);
    await junk(12);
    expect((await verify(sent)).status).toBe(400);
    expectStatus(await verify(expectStatus(await make(token), 200).code), 200);
  });

  it('OTP-01: ten guesses in an hour are all there are at codes made with an access token', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const token = await signedIn('email', emails[0]!);
    const first = expectStatus(await make(token), 200);
    await junk(5);
    expect((await verify(first.code)).status).toBe(400);
    const { userId } = await desk.bank.user(desk.user);
    const door = async () =>
      desk.rows(`SELECT count FROM attempts WHERE scope = 'auth-otp' AND key = $1`, [userId]);
    await junk(10);
    expect(await door()).toEqual([{ count: 10 }]);
    expectStatus(await desk.bank.api('POST', `/v1/users/${desk.user}/unlock`), 204);
    expect(await door()).toEqual([]);
  });
});
