import { waitFor } from '@countersign/testing';
import { expectStatus } from '../../src/bank.ts';
import { claimsOf } from '../../src/decision.ts';
import { bearer } from '../../src/http.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import { wrongFor } from '../../src/phone.ts';

describe('codes outside of MFA flows (contracts §1.9)', () => {
  const desk = OtpDesk.open('auth_otp', { settings: { openFlowsPerClientAddress: 1000 } });

  const send = (channel: string, username = desk.user, from = desk.bank) =>
    from.call('POST', `/fido2/v2/auth/otp/${channel}`, {
      body: { user: { username, usernameType: 'other' } },
    });
  const verify = (authCode: string, username = desk.user, from = desk.bank) =>
    from.call('POST', '/fido2/v2/auth/otp/verify', {
      body: { authCode, user: { username, usernameType: 'other' } },
    });
  const make = (authorization: string) => desk.bank.call('POST', '/fido2/v2/auth/otp', { authorization });
  /** Signs in by e-mail and answers the access token. */
  const signedIn = async (address: string): Promise<string> => {
    expectStatus(await send('email'), 204);
    return expectStatus(await verify(await desk.phone.code(address)), 200).jwtAccess;
  };

  it('a code that was sent logs in, once', async () => {
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 });
    expectStatus(await send('email'), 204);
    const code = await desk.phone.code(emails[0]!);
    expect((await verify(wrongFor(code))).status).toBe(400);
    const jwt = expectStatus(await verify(code), 200);
    const claims = claimsOf(jwt.jwtAccess);
    expect([claims.sub, claims.username, claims.acr, claims.amr]).toEqual([
      jwt.userId,
      desk.user,
      'aal1',
      ['otp'],
    ]);
    expect((await verify(code)).status).toBe(400);
    expectStatus(await send('sms'), 204);
    const { jwtAccess } = expectStatus(await verify(await desk.phone.code(phones[0]!)), 200);
    expect(claimsOf(jwtAccess).amr).toEqual(['otp', 'sms']);
  });

  it('invariant 2: of five at once with the right code one gets a token', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    expectStatus(await send('email'), 204);
    const code = await desk.phone.code(emails[0]!);
    const all = await Promise.all(Array.from({ length: 5 }, () => verify(code)));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    expect(all.filter(({ body }) => body.jwtAccess)).toHaveLength(1);
  });

  it('anti-enumeration: 204 for everybody, a message only for whom there is an address', async () => {
    expectStatus(await send('email', 'nobody-at-all'), 204);
    await desk.login();
    for (const channel of ['email', 'sms']) expectStatus(await send(channel), 204);
    // what is planned for nobody is useless from the start: no provider ever sees it
    const ofNobody = () =>
      desk.rows<{ state: string; failure: string; provider: null }>(
        `SELECT state, failure, provider FROM messages WHERE useless_after <= created_at`,
      );
    const ended = await waitFor(async () => {
      const found = await ofNobody();
      return found.length === 3 && found.every(({ state }) => state !== 'planned') ? found : undefined;
    });
    expect(ended).toEqual(Array(3).fill({ state: 'failed', failure: 'too late', provider: null }));
    expect((await verify('123456')).status).toBe(400);
    expect((await verify('123456', 'nobody-at-all')).status).toBe(404);
  });

  it('SES-07: concealed, unknown and wrong answer the same', async () => {
    const hidden = await desk.system.bank({ settings: { accountExistence: 'conceal' } });
    const { emails } = await desk.contacts({ emails: 1 }, hidden);
    const answers = [];
    for (const username of [desk.user, 'nobody-at-all']) {
      const sent = await send('email', username, hidden);
      const refused = await verify('000000', username, hidden);
      answers.push([sent.status, sent.text, refused.status, refused.text]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]!.slice(0, 3)).toEqual([204, '', 400]);
    // and the owner, whom the default policy offers nothing while they are hidden, gets in
    expectStatus(await verify(await desk.phone.code(emails[0]!), desk.user, hidden), 200);
    const names = await desk.rows(`SELECT 1 FROM users WHERE username_key = 'nobody-at-all'`);
    expect(names).toEqual([]);
  });

  it('ST-08: where policy asks for more, a right code is 403 and no token', async () => {
    const strict = await desk.system.bank({ settings: { defaultPolicies: { login: 'mail-and-more' } } });
    await strict.policy('mail-and-more', {
      offers: ['otp:email', 'otp:sms'],
      satisfiedBy: [['otp:email', 'otp:sms']],
    });
    const { emails } = await desk.contacts({ emails: 1, phones: 1 }, strict);
    expectStatus(await send('email', desk.user, strict), 204);
    const answer = await verify(await desk.phone.code(emails[0]!), desk.user, strict);
    expect([answer.status, answer.body.jwtAccess]).toEqual([403, undefined]);
    const open = await desk.rows(
      `SELECT 1 FROM flows WHERE username_key = $1 AND app_id = $2 AND status IN ('open', 'completing', 'completed')`,
      [desk.user, strict.appId],
    );
    expect(open).toEqual([]);
  });

  it('OTP-01: of 30 guesses at once five are looked at; ten in an hour lock the factor in flows too', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    expectStatus(await send('email'), 204);
    const code = await desk.phone.code(emails[0]!);
    const all = await Promise.all(Array.from({ length: 30 }, () => verify(wrongFor(code))));
    expect(all.every(({ status }) => status === 400)).toBe(true);
    const [row] = await desk.rows<{ tries: number }>(
      `SELECT tries FROM otp_codes WHERE purpose = 'login:' || (SELECT id FROM users WHERE username_key = $1 AND app_id = $2)`,
      [desk.user, desk.bank.appId],
    );
    expect(row!.tries).toBe(5);
    expect((await verify(code)).status).toBe(400);
    const page = await desk.login();
    expect(JSON.stringify(page.begun.next)).not.toContain('otp:email');
    expectStatus(await desk.bank.api('POST', `/v1/users/${desk.user}/unlock`), 204);
    expect(JSON.stringify((await desk.login()).begun.next)).toContain('otp:email');
  });

  it('auth/otp: a code for another device is good for five minutes, once, and carries what the login showed', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const token = await signedIn(emails[0]!);
    const made = expectStatus(await make(token), 200);
    expect(made.code).toMatch(/^[0-9]{6}$/);
    const left = new Date(made.expiresAt).getTime() - Date.now();
    expect([left > 290_000, left <= 301_000]).toEqual([true, true]);
    const { jwtAccess } = expectStatus(await verify(made.code), 200);
    const [first, second] = [claimsOf(token), claimsOf(jwtAccess)];
    expect([second.sub, second.acr, second.amr]).toEqual([first.sub, first.acr, first.amr]);
    expect(second.jti).not.toBe(first.jti);
    expect((await verify(made.code)).status).toBe(400);
    const again = expectStatus(await make(bearer(token)), 200);
    expect((await verify(again.code, `${desk.user}-other`)).status).toBe(404);
  });

  it('ST-08, invariant 4: it is worth nothing once its address is gone, or policy wants another factor', async () => {
    const { emails } = await desk.contacts({ emails: 1, phones: 1 });
    const token = await signedIn(emails[0]!);
    const { code } = expectStatus(await make(token), 200);
    expectStatus(
      await desk.bank.api('DELETE', `/fido2/v2/profile/${desk.user}/email`, { email: emails[0] }),
      204,
    );
    expect([400, 403]).toContain((await verify(code)).status);
  });

  it('contracts §1.9: auth/otp without a token 401, with a grant 403', async () => {
    await desk.contacts({ emails: 1 });
    expect((await desk.bank.call('POST', '/fido2/v2/auth/otp')).status).toBe(401);
    expect((await make('Bearer nonsense')).status).toBe(401);
    const grant = await desk.bank.api('POST', '/fido2/v2/mgmt/grant', {
      grants: ['auth:write'],
      username: desk.user,
    });
    expect((await make(expectStatus(grant, 200).token)).status).toBe(403);
  });

  it.each([
    [{}],
    [{ user: {} }],
    [{ user: { username: 'x' } }],
    [{ user: { username: { $ne: 1 }, usernameType: 'other' } }],
  ])('contracts §1.9: 400 for %j', async (body) => {
    expect((await desk.bank.call('POST', '/fido2/v2/auth/otp/email', { body })).status).toBe(400);
    expect((await desk.bank.call('POST', '/fido2/v2/auth/otp/verify', { body })).status).toBe(400);
  });
});
