import { expectStatus } from '../../src/bank.ts';
import { offered } from '../../src/next-actions.ts';
import { OtpDesk } from '../../src/otp-desk.ts';
import type { Page } from '../../src/page.ts';
import { wrongFor } from '../../src/phone.ts';

/** The node's clock is a minute and a half behind the database's: what expires by it would live too long. */
const slow = { now: () => new Date(Date.now() - 90_000) };
const roomy = { perAddressHour: 1000, perAddressDay: 1000, perUserDay: 1000, perClientHour: 10_000 };

describe('limits on one-time codes', () => {
  const desk = OtpDesk.open('otp_limits', {
    clock: slow,
    settings: { openFlowsPerClientAddress: 10_000, messageBudgets: roomy },
  });

  /** A login for which a code was sent to `address`, and that code. */
  const asked = async (address: string): Promise<[Page, string]> => {
    await desk.pauseOver();
    const page = await desk.login();
    return [page, await desk.codeFor(page, address, address)];
  };

  it('issue 4: of 100 guesses at once at most five are looked at, and the flow fails', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [page, code] = await asked(emails[0]!);
    const otp = wrongFor(code);
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        page.repeat('otp/verify', { otp }, page.session, { headers: { 'x-n': String(n) } }),
      ),
    );
    expect(all.every(({ status, body }) => status === 401 && body.session === undefined)).toBe(true);
    const [row] = await desk.rows<{ tries: number }>('SELECT tries FROM otp_codes WHERE purpose = $1', [
      `flow:${page.flowId}`,
    ]);
    expect(row!.tries).toBeLessThanOrEqual(5);
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    const [flow] = await desk.rows<{ status: string }>('SELECT status FROM flows WHERE id = $1', [
      page.flowId,
    ]);
    expect(flow!.status).toBe('failed');
  });

  it('OTP-01, OTP-05, OTP-19: ten wrong ones in an hour lock the factor over all flows and addresses, for its user to hear; others stay open; unlocking opens it', async () => {
    const { emails, phones } = await desk.contacts({ emails: 1, phones: 1 });
    for (let flow = 0; flow < 2; flow++) {
      const [page, code] = await asked(phones[0]!);
      for (let n = 0; n < 5; n++) {
        const headers = { 'x-forwarded-for': `203.0.113.${flow * 5 + n}`, 'x-real-ip': `198.51.100.${n}` };
        const answer = await page.repeat('otp/verify', { otp: wrongFor(code) }, page.session, { headers });
        expect(answer.status).toBe(401);
      }
    }
    const told = await desk.phone.next(emails[0]!, ({ text }) => text.includes('too many wrong codes'));
    expect(told.subject).toContain('account was changed');
    const locked = await desk.login();
    expect(offered(locked.begun)).not.toContain('otp:sms');
    expect((await locked.step('otp/request', { method: 'sms' })).status).toBe(403);
    // the other factor is what the owner gets in by
    const [page, code] = await asked(emails[0]!);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
    await desk.system.settled();
    expect(desk.system.bus.events('mfa.user.factor-locked.v1', { kind: 'otp:sms' })).toHaveLength(1);
    expectStatus(await desk.bank.api('POST', `/v1/users/${desk.user}/unlock`), 204);
    expect(offered((await desk.login()).begun)).toContain('otp:sms');
  });

  it('OTP-09: a lock that falls between request and verify holds at verify', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [page, code] = await asked(emails[0]!);
    await desk.emailLocked();
    const answer = await page.step('otp/verify', { otp: code });
    expect([[401, 403].includes(answer.status), answer.body.session]).toEqual([true, undefined]);
  });

  it('OTP-03: what was counted stays when the rest of the request is rolled back', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [page, code] = await asked(emails[0]!);
    await desk.rows(`CREATE FUNCTION refuse_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no outbox today'; END $$`);
    await desk.rows(
      'CREATE TRIGGER boom BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_outbox()',
    );
    try {
      expect((await page.step('otp/verify', { otp: wrongFor(code) })).status).toBe(500);
      const counted = await desk.rows<{ n: number }>(
        `SELECT tries AS n FROM otp_codes WHERE purpose = $1
         UNION ALL SELECT attempts FROM flows WHERE id = $2
         UNION ALL SELECT count FROM attempts WHERE scope = 'factor:otp:email'
           AND key = (SELECT id FROM users WHERE username_key = $3)`,
        [`flow:${page.flowId}`, page.flowId, desk.user],
      );
      expect(counted).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    } finally {
      await desk.rows('DROP TRIGGER boom ON outbox');
    }
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('OTP-06: failures of 20,000 others push nobody’s count out', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [page, code] = await asked(emails[0]!);
    for (let n = 0; n < 4; n++) await page.step('otp/verify', { otp: wrongFor(code) });
    await desk.rows(`INSERT INTO attempts (scope, key, count, refused, allowed, expires_at)
      SELECT 'factor:otp:email', 'other-' || n, 9, 0, true, now() + interval '1 hour' FROM generate_series(1, 20000) n`);
    await page.step('otp/verify', { otp: wrongFor(code) });
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    await desk.rows(`DELETE FROM attempts WHERE key LIKE 'other-%'`);
  });

  it('OTP-11: the database’s clock ends a code, whatever the node’s says', async () => {
    const { emails } = await desk.contacts({ emails: 1 });
    const [page, code] = await asked(emails[0]!);
    const lives = () =>
      desk.rows<{ s: number }>(
        `SELECT round(extract(epoch FROM expires_at - clock_timestamp()))::int AS s FROM otp_codes WHERE purpose = $1`,
        [`flow:${page.flowId}`],
      );
    expect((await lives())[0]!.s).toBeGreaterThan(290);
    expect((await lives())[0]!.s).toBeLessThanOrEqual(300);
    const expire = (seconds: number) =>
      desk.rows(
        `UPDATE otp_codes SET expires_at = clock_timestamp() + make_interval(secs => $2) WHERE purpose = $1`,
        [`flow:${page.flowId}`, seconds],
      );
    await expire(-0.001);
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    await expire(30);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('security 1, C6: length, lifetime and text are the application’s', async () => {
    const own = await desk.system.bank({
      settings: {
        otp: { email: { length: 8, ttlSeconds: 120, text: 'Code {code}, {minutes} minutes', subject: 'S' } },
      },
    });
    const { emails } = await desk.contacts({ emails: 1 }, own);
    const page = await desk.login(own);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const { code, text, subject } = await desk.phone.next(emails[0]!);
    expect([text, subject, code!.length]).toEqual([`Code ${code}, 2 minutes`, 'S', 8]);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('OTP-17: an address gets five an hour, whoever asks; beyond them 429 with Retry-After', async () => {
    const tight = await desk.system.bank({ settings: { openFlowsPerClientAddress: 1000 } });
    const { emails } = await desk.contacts({ emails: 1 }, tight);
    const ask = async () => (await desk.login(tight)).step('otp/request', { method: 'email' });
    expectStatus(await ask(), 200);
    const soon = await ask();
    expect([soon.status, Number(soon.headers['retry-after']) > 0]).toEqual([429, true]);
    for (let n = 0; n < 4; n++) {
      await desk.pauseOver();
      expectStatus(await ask(), 200);
    }
    await desk.pauseOver();
    const sixth = await ask();
    expect([sixth.status, sixth.body.msgCode]).toEqual([429, 'bad_request']);
    expect(sixth.body.msg).toContain('try again in');
    for (let n = 0; n < 5; n++) await desk.phone.code(emails[0]!);
    await desk.system.settled();
    expect(await desk.phone.all(emails[0]!)).toHaveLength(5);
  });

  it.each(['returnCode', 'debug', 'echo', 'test'])(
    'OTP-13, OTP-14: %s=true brings no code into answers, headers, logs, events or rows',
    async (flag) => {
      const { emails } = await desk.contacts({ emails: 1 });
      await desk.pauseOver();
      const page = await desk.login();
      const sent = await page.step(`otp/request?${flag}=true`, { method: 'email', [flag]: true });
      expectStatus(sent, 200);
      const code = await desk.phone.code(emails[0]!);
      const current = await page.current();
      expectStatus(await page.step('otp/verify', { otp: code }), 200);
      await desk.system.settled();
      const digits = new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`);
      const tables = ['otp_codes', 'messages', 'outbox', 'flows', 'attempts'];
      const kept = await Promise.all(
        tables.map((table) => desk.rows(`SELECT t::text AS row FROM ${table} t`)),
      );
      const places = [sent.text, JSON.stringify(sent.headers), current.text, JSON.stringify(kept)];
      for (const text of [
        ...places,
        desk.system.logs.join('\n'),
        ...desk.system.bus.seen.map((one) => one.text),
      ])
        expect(text).not.toMatch(digits);
    },
  );
});
