import { type Bank, expectStatus } from '../../src/bank.ts';
import { withContacts } from '../../src/contacts.ts';
import type { Answer } from '../../src/http.ts';
import type { Page } from '../../src/page.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

/** The node's clock is a minute and a half behind the database's: what expires by it would live too long. */
const slow = { now: () => new Date(Date.now() - 90_000) };
const roomy = { perAddressHour: 1000, perAddressDay: 1000, perUserDay: 1000, perClientHour: 10_000 };

const actions = (body: Answer['body']): string[] =>
  body.next.map((item: { action: { name: string } }) => item.action.name);

describe('limits on one-time codes', () => {
  let system: System;
  let bank: Bank;
  let phone: Phone;
  let users = 0;
  let user: string;
  beforeAll(async () => {
    system = await System.boot('otp_limits', { clock: slow });
    bank = await system.bank({ settings: { openFlowsPerClientAddress: 10_000, messageBudgets: roomy } });
    phone = new Phone(system);
  });
  afterAll(() => system?.close());
  beforeEach(() => {
    user = `user-${++users}`;
  });

  const rows = <Row>(sql: string, params: unknown[] = []) =>
    system.rows<Row>('mfa-orchestrator', sql, params);
  const pauseOver = () => rows(`DELETE FROM attempts WHERE scope = 'message-pause'`);
  const wrongFor = (code: string) => (code === '111111' ? '222222' : '111111');
  const asked = async (address: string, method = 'email', from: Bank = bank): Promise<[Page, string]> => {
    await pauseOver();
    const page = await from.login(user);
    expectStatus(await page.step('otp/request', { method, option: address }), 200);
    return [page, await phone.code(address)];
  };

  it('issue 4: of 100 guesses at once at most five are looked at, and the flow fails', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [page, code] = await asked(emails[0]!);
    const otp = wrongFor(code);
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        page.repeat('otp/verify', { otp }, page.session, { headers: { 'x-n': String(n) } }),
      ),
    );
    expect(all.every(({ status, body }) => status === 401 && body.session === undefined)).toBe(true);
    const [row] = await rows<{ tries: number }>('SELECT tries FROM otp_codes WHERE purpose = $1', [
      `flow:${page.flowId}`,
    ]);
    expect(row!.tries).toBeLessThanOrEqual(5);
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    const [flow] = await rows<{ status: string }>('SELECT status FROM flows WHERE id = $1', [page.flowId]);
    expect(flow!.status).toBe('failed');
  });

  it('OTP-01, OTP-05, OTP-19: ten wrong ones in an hour lock the factor over all flows and addresses, for its user to hear; others stay open; unlocking opens it', async () => {
    const { emails, phones } = await withContacts(bank, user, { emails: 1, phones: 1 });
    for (let flow = 0; flow < 2; flow++) {
      const [page, code] = await asked(phones[0]!, 'sms');
      for (let n = 0; n < 5; n++) {
        const headers = { 'x-forwarded-for': `203.0.113.${flow * 5 + n}`, 'x-real-ip': `198.51.100.${n}` };
        const answer = await page.repeat('otp/verify', { otp: wrongFor(code) }, page.session, { headers });
        expect(answer.status).toBe(401);
      }
    }
    const told = await phone.next(emails[0]!, ({ text }) => text.includes('too many wrong codes'));
    expect(told.subject).toContain('account was changed');
    const locked = await bank.login(user);
    expect(actions(locked.begun)).not.toContain('otp:sms');
    expect((await locked.step('otp/request', { method: 'sms' })).status).toBe(403);
    // the other factor is what the owner gets in by
    const [page, code] = await asked(emails[0]!);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
    await system.settled();
    expect(system.bus.events('mfa.user.factor-locked.v1', { kind: 'otp:sms' })).toHaveLength(1);
    expectStatus(await bank.api('POST', `/v1/users/${user}/unlock`), 204);
    expect(actions((await bank.login(user)).begun)).toContain('otp:sms');
  });

  it('OTP-09: a lock that falls between request and verify holds at verify', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [page, code] = await asked(emails[0]!);
    await rows(
      `INSERT INTO attempts (scope, key, count, refused, allowed, expires_at)
       SELECT 'factor:otp:email', id, 10, 0, true, now() + interval '1 hour' FROM users WHERE username_key = $1`,
      [user],
    );
    const answer = await page.step('otp/verify', { otp: code });
    expect([[401, 403].includes(answer.status), answer.body.session]).toEqual([true, undefined]);
  });

  it('OTP-03: what was counted stays when the rest of the request is rolled back', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [page, code] = await asked(emails[0]!);
    await rows(`CREATE FUNCTION refuse_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no outbox today'; END $$`);
    await rows('CREATE TRIGGER boom BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_outbox()');
    try {
      expect((await page.step('otp/verify', { otp: wrongFor(code) })).status).toBe(500);
      const counted = await rows<{ n: number }>(
        `SELECT tries AS n FROM otp_codes WHERE purpose = $1
         UNION ALL SELECT attempts FROM flows WHERE id = $2
         UNION ALL SELECT count FROM attempts WHERE scope = 'factor:otp:email'
           AND key = (SELECT id FROM users WHERE username_key = $3)`,
        [`flow:${page.flowId}`, page.flowId, user],
      );
      expect(counted).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    } finally {
      await rows('DROP TRIGGER boom ON outbox');
    }
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('OTP-06: failures of 20,000 others push nobody’s count out', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [page, code] = await asked(emails[0]!);
    for (let n = 0; n < 4; n++) await page.step('otp/verify', { otp: wrongFor(code) });
    await rows(`INSERT INTO attempts (scope, key, count, refused, allowed, expires_at)
      SELECT 'factor:otp:email', 'other-' || n, 9, 0, true, now() + interval '1 hour' FROM generate_series(1, 20000) n`);
    await page.step('otp/verify', { otp: wrongFor(code) });
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    await rows(`DELETE FROM attempts WHERE key LIKE 'other-%'`);
  });

  it('OTP-11: the database’s clock ends a code, whatever the node’s says', async () => {
    const { emails } = await withContacts(bank, user, { emails: 1 });
    const [page, code] = await asked(emails[0]!);
    const lives = () =>
      rows<{ s: number }>(
        `SELECT round(extract(epoch FROM expires_at - clock_timestamp()))::int AS s FROM otp_codes WHERE purpose = $1`,
        [`flow:${page.flowId}`],
      );
    expect((await lives())[0]!.s).toBeGreaterThan(290);
    expect((await lives())[0]!.s).toBeLessThanOrEqual(300);
    const expire = (seconds: number) =>
      rows(
        `UPDATE otp_codes SET expires_at = clock_timestamp() + make_interval(secs => $2) WHERE purpose = $1`,
        [`flow:${page.flowId}`, seconds],
      );
    await expire(-0.001);
    expect((await page.step('otp/verify', { otp: code })).status).toBe(401);
    await expire(30);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('security 1, C6: length, lifetime and text are the application’s', async () => {
    const own = await system.bank({
      settings: {
        otp: { email: { length: 8, ttlSeconds: 120, text: 'Code {code}, {minutes} minutes', subject: 'S' } },
      },
    });
    const { emails } = await withContacts(own, user, { emails: 1 });
    const page = await own.login(user);
    expectStatus(await page.step('otp/request', { method: 'email' }), 200);
    const { code, text, subject } = await phone.next(emails[0]!);
    expect([text, subject, code!.length]).toEqual([`Code ${code}, 2 minutes`, 'S', 8]);
    expectStatus(await page.step('otp/verify', { otp: code }), 200);
  });

  it('OTP-17: an address gets five an hour, whoever asks; beyond them 429 with Retry-After', async () => {
    const tight = await system.bank({ settings: { openFlowsPerClientAddress: 1000 } });
    const { emails } = await withContacts(tight, user, { emails: 1 });
    const ask = async () => (await tight.login(user)).step('otp/request', { method: 'email' });
    expectStatus(await ask(), 200);
    const soon = await ask();
    expect([soon.status, Number(soon.headers['retry-after']) > 0]).toEqual([429, true]);
    for (let n = 0; n < 4; n++) {
      await pauseOver();
      expectStatus(await ask(), 200);
    }
    await pauseOver();
    const sixth = await ask();
    expect([sixth.status, sixth.body.msgCode]).toEqual([429, 'bad_request']);
    expect(sixth.body.msg).toContain('try again in');
    for (let n = 0; n < 5; n++) await phone.code(emails[0]!);
    await system.settled();
    expect(await phone.all(emails[0]!)).toHaveLength(5);
  });

  it.each(['returnCode', 'debug', 'echo', 'test'])(
    'OTP-13, OTP-14: %s=true brings no code into answers, headers, logs, events or rows',
    async (flag) => {
      const { emails } = await withContacts(bank, user, { emails: 1 });
      await pauseOver();
      const page = await bank.login(user);
      const sent = await page.step(`otp/request?${flag}=true`, { method: 'email', [flag]: true });
      expectStatus(sent, 200);
      const code = await phone.code(emails[0]!);
      const current = await page.current();
      expectStatus(await page.step('otp/verify', { otp: code }), 200);
      await system.settled();
      const digits = new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])`);
      const tables = ['otp_codes', 'messages', 'outbox', 'flows', 'attempts'];
      const kept = await Promise.all(tables.map((table) => rows(`SELECT t::text AS row FROM ${table} t`)));
      const places = [sent.text, JSON.stringify(sent.headers), current.text, JSON.stringify(kept)];
      for (const text of [...places, system.logs.join('\n'), ...system.bus.seen.map((one) => one.text)])
        expect(text).not.toMatch(digits);
    },
  );
});
