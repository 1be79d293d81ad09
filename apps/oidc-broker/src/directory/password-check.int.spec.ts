import { PasswordHasher, Vault } from '@countersign/security';
import { jest } from '@jest/globals';
import { OidcBroker } from '../../test/oidc-broker.ts';
import { DirectoryService } from './directory.service.ts';

// a password takes a tenth of a second on an idle machine
jest.setTimeout(30_000);
const broker = new OidcBroker();
let key: string;
const PASSWORD = 'orange boat sails north';
const WRONG = 'orange boat sails south';
const REFUSED = { ok: false, refusal: { code: 'directory/sign-in-refused' } };
const USERS = '/v1/directory/users';
const path = (username: string, more = '') => `${USERS}/${encodeURIComponent(username)}${more}`;
const create = async (username: string, more: object = {}) => {
  const created = await broker.request('POST', USERS, key, { username, password: PASSWORD, ...more });
  expect(created.status).toBe(201);
  return created.body.userId as string;
};
const directory = () => broker.service.app.get(DirectoryService);
const hasher = () => broker.service.app.get(PasswordHasher);
let hosts = 0;
/** Each from a network of its own, unless told otherwise. */
const check = (username: string, password = PASSWORD, address = `198.18.${hosts >> 8}.${hosts++ & 255}`) =>
  directory().checkPassword('demo', username, password, { address });
const query = <Row>(sql: string, params: unknown[] = []) => broker.service.database.query<Row>(sql, params);
const windowsEnd = () =>
  query(
    `UPDATE attempts SET expires_at = clock_timestamp() WHERE scope IN ('password:minute', 'password:hour')`,
  );
const minuteEnds = () =>
  query(`UPDATE attempts SET expires_at = clock_timestamp() WHERE scope = 'password:minute'`);
/** How often argon2 ran while `work` did. */
const runs = async (work: () => Promise<unknown>) => {
  const run = jest.spyOn(hasher() as unknown as { run: () => Promise<Buffer> }, 'run');
  try {
    await work();
    return run.mock.calls.length;
  } finally {
    run.mockRestore();
  }
};

beforeAll(async () => {
  await broker.open();
  key = `Bearer ${broker.neighbours.key('demo', 'user:read', 'user:write')}`;
});
afterAll(() => broker.close());

describe('signing in by a password', () => {
  it('lets in who knows it, under any spelling of the name; spaces and accents as any keyboard makes them', async () => {
    const userId = await create('Zo\u00eb', { password: 'Zu\u0308rich lake at dawn' });
    for (const [name, password] of [
      ['Zo\u00eb', 'Z\u00fcrich lake at dawn'],
      [' ZOE\u0308 ', 'Zu\u0308rich\u00a0lake\u00a0at\u00a0dawn'],
    ] as const)
      expect(await check(name, password)).toEqual({ ok: true, value: { userId, username: 'Zo\u00eb' } });
  });

  it('security 12: compared in full, with case, and never cut', async () => {
    await create('full', { password: `${PASSWORD} ${'x1y2z3'.repeat(100)}` });
    const full = `${PASSWORD} ${'x1y2z3'.repeat(100)}`;
    for (const other of [full.slice(0, -1), full.slice(0, 72), `${full}\0`, `${full} `, full.toUpperCase()]) {
      expect(await check('full', other)).toEqual(REFUSED);
      await windowsEnd();
    }
    expect(await check('full', full)).toMatchObject({ ok: true });
  });

  it('NUL, half characters, megabytes and nothing at all are wrong, not faults', async () => {
    await create('odd');
    for (const other of ['', '\0', `${PASSWORD}\0`, '\ud83e', 'x'.repeat(2_000_000), '語'.repeat(1000)]) {
      expect(await runs(async () => expect(await check('odd', other)).toEqual(REFUSED))).toBe(1);
      await windowsEnd();
    }
    for (const name of ['', '\0', 'x'.repeat(100_000), '\ud83e', "' OR 1=1 --"])
      expect(await check(name)).toEqual(REFUSED);
  });

  it('a name that only looks the same is nobody’s (Cyrillic а)', async () => {
    await create('mallory');
    expect(await check('m\u0430llory')).toEqual(REFUSED);
    expect(await check('mallory\u200b')).toEqual(REFUSED);
  });

  it('API-01: another application’s password opens nothing', async () => {
    await create('tenant');
    expect(await directory().checkPassword('other', 'tenant', PASSWORD, { address: '198.19.0.1' })).toEqual(
      REFUSED,
    );
  });

  it('SES-07: unknown, wrong, disabled, locked and without password: one answer, and one run of argon2 each', async () => {
    for (const name of ['right', 'locked']) await create(name);
    await create('disabled', { enabled: false });
    await create('keyless', { password: undefined });
    for (let n = 0; n < 5; n++) await check('locked', WRONG);
    for (const [name, password] of [
      ['nobody', PASSWORD],
      ['right', WRONG],
      ['disabled', PASSWORD],
      ['disabled', WRONG],
      ['keyless', PASSWORD],
      ['keyless', ''],
      ['locked', PASSWORD],
      ['locked', WRONG],
    ] as const)
      expect(await runs(async () => expect(await check(name, password)).toEqual(REFUSED))).toBe(1);
    expect(await runs(async () => expect(await check('right')).toMatchObject({ ok: true }))).toBe(1);
  });

  it('a hash copied into another user’s row lets nobody in', async () => {
    for (const name of ['thief', 'victim']) await create(name, { password: `${PASSWORD} for ${name[0]}` });
    await query(
      `UPDATE directory_users SET password_hash =
         (SELECT password_hash FROM directory_users WHERE username_key = 'thief') WHERE username_key = 'victim'`,
    );
    expect(await check('victim', `${PASSWORD} for t`)).toEqual(REFUSED);
  });

  it('security 13: a password hashed at another cost still works, and is hashed anew', async () => {
    const userId = await create('dated');
    const cheap = new PasswordHasher(broker.service.app.get(Vault).derive('password-pepper/v1'), {
      cost: { memory: 64, passes: 1, parallelism: 1 },
    });
    const old = await cheap.hash(PASSWORD, { owner: `demo:${userId}`, from: '' });
    await query('UPDATE directory_users SET password_hash = $1 WHERE user_id = $2', [old, userId]);
    const kept = async () =>
      (
        await query<{ hash: string }>(
          'SELECT password_hash AS hash FROM directory_users WHERE user_id = $1',
          [userId],
        )
      )[0]!.hash;
    expect(await check('dated', WRONG)).toEqual(REFUSED);
    expect(await kept()).toBe(old);
    expect(await check('dated')).toMatchObject({ ok: true });
    expect(await kept()).toContain('m=47104,');
    expect(await check('dated')).toMatchObject({ ok: true });
  });
});

describe('guessing', () => {
  it('OTP-01: of fifteen at once five count in a minute, ten in an hour, and the right one is refused like the others', async () => {
    await create('guessed');
    const guess = (n: number) =>
      Promise.all(Array.from({ length: n }, (_, at) => check('guessed', `${WRONG} ${at}`)));
    await guess(15);
    expect(await check('guessed')).toEqual(REFUSED);
    await minuteEnds();
    expect(await check('guessed')).toMatchObject({ ok: true });
    await guess(15);
    await minuteEnds();
    expect(await check('guessed')).toEqual(REFUSED);
    expect((await broker.request('GET', path('guessed'), key)).body.passwordLock).toBe('temporary');
    await windowsEnd();
    expect(await check('guessed')).toMatchObject({ ok: true });
    expect((await broker.request('GET', path('guessed'), key)).body).not.toHaveProperty('passwordLock');
  });

  it('OTP-01: other spellings of the name are no further guesses', async () => {
    await create('spelt');
    for (const name of ['spelt', 'SPELT', ' spelt', 'Spelt ', 'sPELT']) await check(name, WRONG);
    expect(await check('spelt')).toEqual(REFUSED);
    await minuteEnds();
    expect(await check('spelt')).toMatchObject({ ok: true });
  });

  it('security 4: a hundred in a row lock until management unlocks; a right one in between begins anew', async () => {
    await create('ceiling');
    const failed = (count: number) =>
      query(`UPDATE attempts SET count = $1 WHERE scope = 'password:ceiling'`, [count]);
    await check('ceiling', WRONG);
    await failed(99);
    for (let n = 0; n < 2; n++) expect(await check('ceiling')).toMatchObject({ ok: true });
    await check('ceiling', WRONG);
    await failed(99);
    await check('ceiling', WRONG);
    await query(
      `UPDATE attempts SET expires_at = expires_at - interval '9 years' WHERE scope LIKE 'password:%'`,
    );
    expect(await check('ceiling')).toEqual(REFUSED);
    expect((await broker.request('GET', path('ceiling'), key)).body.passwordLock).toBe('until-unlocked');
    expect((await broker.request('POST', path('ceiling', '/unlock'), key)).status).toBe(204);
    expect(await check('ceiling')).toMatchObject({ ok: true });
    expect((await broker.request('POST', path('nobody', '/unlock'), key)).status).toBe(404);
  });

  it('OTP-07: a restart forgets no guess', async () => {
    await create('restarted');
    for (let n = 0; n < 5; n++) await check('restarted', WRONG);
    await broker.restart();
    expect(await check('restarted')).toEqual(REFUSED);
  });

  it('OTP-03: what fails after it was counted stays counted', async () => {
    await create('faulty');
    for (let n = 0; n < 5; n++) {
      const run = jest.spyOn(hasher(), 'check').mockRejectedValueOnce(new Error('broken'));
      await expect(check('faulty', WRONG)).rejects.toThrow('broken');
      run.mockRestore();
    }
    expect(await check('faulty')).toEqual(REFUSED);
  });

  it('OTP-05: one network that tries everybody is refused, without hashing; others are not', async () => {
    await create('sprayed');
    expect(await check('someone', WRONG, '2001:db8:7:7::1')).toEqual(REFUSED);
    await query(
      `UPDATE attempts SET count = 99 WHERE scope = 'password:network' AND key LIKE '%2001:db8:7:7%'`,
    );
    expect(await check('someone else', WRONG, '2001:db8:7:7:aaaa::9')).toEqual(REFUSED);
    const spent = await runs(async () =>
      expect(await check('sprayed', PASSWORD, '2001:db8:7:7:ffff::2')).toEqual({
        ok: false,
        refusal: { code: 'access/too-many-requests', extra: { retryAfterSeconds: expect.any(Number) } },
      }),
    );
    expect(spent).toBe(0);
    expect(await check('sprayed', PASSWORD, '2001:db8:7:8::2')).toMatchObject({ ok: true });
  });

  it('who signs in uses nothing up, however often', async () => {
    await create('frequent');
    await query('DELETE FROM attempts');
    for (let n = 0; n < 12; n++)
      expect(await check('frequent', PASSWORD, '203.0.113.9')).toMatchObject({ ok: true });
    const used = () =>
      query(`SELECT scope, count FROM attempts WHERE count + refused > 0 AND expires_at > clock_timestamp()
        ORDER BY scope COLLATE "C"`);
    expect(await used()).toEqual([]);
    for (let n = 0; n < 5; n++) expect(await check('frequent', WRONG, '203.0.113.9')).toEqual(REFUSED);
    expect(await used()).toEqual(
      ['ceiling', 'hour', 'minute', 'network'].map((scope) => ({ scope: `password:${scope}`, count: 5 })),
    );
    expect(await check('frequent')).toEqual(REFUSED);
  });

  it('names are counted by a digest, and those nobody has are forgotten within the hour', async () => {
    await query('DELETE FROM attempts');
    await check('hunter2 typed into the wrong field', WRONG);
    const rows = await query<{ key: string; soon: boolean }>(
      `SELECT key, expires_at < clock_timestamp() + interval '61 minutes' AS soon FROM attempts`,
    );
    expect(rows).toHaveLength(4);
    expect(rows.every(({ soon }) => soon)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });

  it('API-09: a flood is turned away at once and counts as no guess; the process stays there for others', async () => {
    await create('flooded');
    await query('DELETE FROM attempts');
    const flood = Array.from({ length: 80 }, (_, n) => check(`flood-${n}`, WRONG));
    let over = false;
    const answers = Promise.all(flood).finally(() => (over = true));
    expect((await broker.request('GET', '/healthz')).status).toBe(200);
    expect(over).toBe(false);
    const codes = (await answers).map((one) => (one.ok ? 'in' : one.refusal.code));
    const away = codes.filter((code) => code === 'fault/unavailable').length;
    expect(away).toBeGreaterThanOrEqual(40);
    expect(codes.filter((code) => code === 'directory/sign-in-refused')).toHaveLength(80 - away);
    const [counted] = await query<{ n: number }>(
      `SELECT count(*)::int AS n FROM attempts WHERE scope = 'password:network'`,
    );
    expect(counted?.n).toBe(80 - away);
    expect(await check('flooded')).toMatchObject({ ok: true });
  });
});
