import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { DOOR_SCOPES, FACTOR_LOCK, FACTOR_LOCK_HARD, TOLD_SCOPE } from '../flows/factor-locks.ts';
import { ENROLMENTS, OWN_FACTORS } from '../policies/factors.ts';

/** Users that one run removes; the timer goes on while there are more. */
const BATCH = 500;

/** Nobody knows this user: a name somebody typed a day ago, and nothing came of it. */
const STRAY = `u.registered_at IS NULL AND u.vouched_at IS NULL
  AND u.created_at < clock_timestamp() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM passkeys o WHERE o.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM contacts o WHERE o.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM totp_secrets o WHERE o.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM recovery_codes o WHERE o.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM challenges o WHERE o.user_id = u.id)
  AND NOT EXISTS (SELECT 1 FROM flows o WHERE o.user_id = u.id AND o.status IN ('open', 'completing'))`;

const COUNTERS = [
  ...[FACTOR_LOCK.scope, FACTOR_LOCK_HARD.scope, TOLD_SCOPE].flatMap((scope) =>
    [...OWN_FACTORS, ...ENROLMENTS].map((factor) => `${scope}${factor}`),
  ),
  ...Object.values(DOOR_SCOPES),
];

/** Users that only a stranger's first step made: whoever may begin flows may not fill the database for good. */
@Injectable()
export class StrayUsers {
  constructor(private readonly database: Database) {}

  /**
   * Removes users who never registered, whom no application named, and who have no factor, challenge or open flow, a day
   * after they were made, with the counters of guesses at them; answers how many. No service heard of them.
   */
  async purge(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const found = await tx.query<{ id: string }>(
        `SELECT u.id FROM users u WHERE ${STRAY} ORDER BY u.created_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
        [],
        'lock-stray-users',
      );
      if (found.length === 0) return 0;
      // looked at once more: a flow may have begun before the row was locked
      const gone = await tx.query<{ id: string }>(
        `DELETE FROM users u WHERE u.id = ANY ($1::text[]) AND ${STRAY} RETURNING u.id`,
        [found.map(({ id }) => id)],
        'purge-stray-users',
      );
      await tx.query(
        'DELETE FROM attempts WHERE scope = ANY ($1::text[]) AND key = ANY ($2::text[])',
        [COUNTERS, gone.map(({ id }) => id)],
        'forget-stray-attempts',
      );
      return gone.length;
    });
  }
}
