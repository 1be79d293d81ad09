import { uuidv7 } from '@countersign/kernel';
import { MessageDatabase } from '../../test/message-system.ts';
import { FACTOR_LOCK, FACTOR_LOCK_HARD } from '../flows/factor-locks.ts';
import { StrayUsers } from './stray-users.repository.ts';

describe('users that a stranger’s first step made', () => {
  let place: MessageDatabase;
  let strays: StrayUsers;
  beforeAll(async () => {
    place = await MessageDatabase.open('strays');
    strays = new StrayUsers(place.db);
  });
  afterAll(() => place.close());

  const query = <Row = unknown>(sql: string, params: unknown[] = []) => place.db.query<Row>(sql, params);
  /** A user made two days ago whom nobody knows, but for what `more` says. */
  const make = (id: string, more: Record<string, string> = {}) => {
    const row = { created_at: "clock_timestamp() - interval '2 days'", ...more };
    return query(
      `INSERT INTO users (id, app_id, username, username_key, ${Object.keys(row).join()})
       VALUES ($1::text, 'demo', $1, $1, ${Object.values(row).join()})`,
      [id],
    );
  };
  const flow = (userId: string, status: string) =>
    query(
      `INSERT INTO flows (id, app_id, user_id, username, username_key, kind, context, policies, status, authenticated,
         proven, client_address, session_hash, expires_at)
       VALUES ($1::uuid, 'demo', $2, $2, $2, 'signUp', 'login', '{}', $3, false, false, '', $1::text, clock_timestamp())`,
      [uuidv7(), userId, status],
    );
  const left = async () =>
    (await query<{ id: string }>('SELECT id FROM users ORDER BY id')).map(({ id }) => id);

  it('L3: whoever registered, was named by an application, has a factor, a challenge or an open flow stays', async () => {
    const kept = [
      'challenged',
      'contact',
      'flow',
      'new',
      'passkey',
      'recovery',
      'registered',
      'totp',
      'vouched',
    ];
    for (const id of ['challenged', 'contact', 'flow', 'passkey', 'recovery', 'totp', 'stray', 'stray-flow'])
      await make(id);
    await make('new', { created_at: "clock_timestamp() - interval '23 hours'" });
    await make('registered', { registered_at: 'clock_timestamp()' });
    await make('vouched', { vouched_at: 'clock_timestamp()' });
    await flow('flow', 'open');
    await flow('stray-flow', 'expired');
    const some = ['$1::uuid', "'demo'", '$2'].join();
    for (const [userId, sql] of Object.entries({
      challenged: `challenges (id, app_id, user_id, username, username_key, context, status, requires, because,
        subject_digest, prompted, expires_at)
        VALUES (${some}, '', '', 'login', 'pending', '{}', '{}', '', true, clock_timestamp())`,
      contact: `contacts (id, app_id, user_id, channel, slot, sealed_address, address_hash)
        VALUES (${some}, 'email', 'primary', '', '')`,
      passkey: `passkeys (id, app_id, user_id, credential_id, public_key, algorithm, sign_count, user_verified,
        backup_eligible, backed_up, aaguid, name) VALUES (${some}, 'c', '', -7, 0, true, false, false, '', '')`,
      recovery: `recovery_codes (id, app_id, user_id, set_id, salt, code_hash) VALUES (${some}, $1::uuid, '', '')`,
      totp: `totp_secrets (id, app_id, user_id, sealed_secret) VALUES (${some}, '')`,
    }))
      await query(`INSERT INTO ${sql}`, [uuidv7(), userId]);
    expect(await strays.purge()).toBe(2);
    expect(await left()).toEqual(kept);
    expect(await strays.purge()).toBe(0);
  });

  it('L3: counters of guesses at them go too, those of others stay', async () => {
    await make('guessed');
    for (const key of ['guessed', 'registered'])
      for (const lock of [FACTOR_LOCK, FACTOR_LOCK_HARD])
        await place.attempts.count({ ...lock, scope: `${lock.scope}otp:email`, key });
    expect(await strays.purge()).toBe(1);
    const rows = await query<{ key: string }>('SELECT key FROM attempts');
    expect(rows.map(({ key }) => key)).toEqual(['registered', 'registered']);
  });

  it('L3: one run takes a bounded batch; one whose row is held is left alone', async () => {
    await query(
      `INSERT INTO users (id, app_id, username, username_key, created_at)
       SELECT 'many-' || n, 'demo', 'many-' || n, 'many-' || n, clock_timestamp() - interval '3 days'
       FROM generate_series(1, 502) AS n`,
    );
    expect(await strays.purge()).toBe(500);
    await place.db.transaction(async (tx) => {
      const [held] = await tx.query<{ id: string }>(
        `SELECT id FROM users WHERE id LIKE 'many-%' LIMIT 1 FOR UPDATE`,
      );
      expect(await strays.purge()).toBe(1);
      expect(await left()).toContain(held!.id);
    });
    expect(await strays.purge()).toBe(1);
  });
});
