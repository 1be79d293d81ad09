import type { Database } from '@countersign/persistence';

/** What is counted: `scope` names the rule (`otp:user`), `key` whom it is about. */
export interface AttemptKey {
  scope: string;
  key: string;
}

export interface AttemptLimit extends AttemptKey {
  /** How many are allowed in a window. */
  limit: number;
  /** A window opens with its first attempt and lasts this long; it is not extended by later ones. */
  windowSeconds: number;
}

export interface AttemptResult {
  allowed: boolean;
  /** Attempts in this window, refused ones and this one included. */
  count: number;
  /** 0 if allowed, else when the window ends, rounded up. */
  retryAfterSeconds: number;
}

/**
 * Counters of failures (invariant 3). Each statement is autocommit on a connection of its own, so what was
 * counted stays when the request's transaction rolls back; the database's clock decides. Count before the check,
 * give back when the check succeeds: in between, parallel guesses see each other.
 */
export class Attempts {
  constructor(private readonly db: Database) {}

  /** Counts one attempt, unless the limit was reached; one that is refused does not use up anything. */
  async count(spec: AttemptLimit): Promise<AttemptResult> {
    const [row] = await this.db.query<AttemptResult>(
      `INSERT INTO attempts AS a (scope, key, count, refused, allowed, expires_at)
       VALUES ($1, $2, least($3::int, 1), 1 - least($3::int, 1), $3::int > 0,
               clock_timestamp() + make_interval(secs => $4))
       ON CONFLICT (scope, key) DO UPDATE SET
         count = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.count
                      WHEN a.count < $3 THEN a.count + 1 ELSE a.count END,
         refused = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.refused
                        WHEN a.count < $3 THEN a.refused ELSE least(a.refused + 1, 1000000000) END,
         allowed = $3 > 0 AND (a.expires_at <= clock_timestamp() OR a.count < $3),
         expires_at = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE a.expires_at END
       RETURNING allowed, count + refused AS count, ${SECONDS_LEFT} AS "retryAfterSeconds"`,
      [spec.scope, spec.key, checked(spec.limit), spec.windowSeconds],
    );
    return settled(row!);
  }

  /** Whether the next attempt would be allowed, without counting one: for the start of a step and for issuing. */
  async peek(spec: AttemptLimit): Promise<AttemptResult> {
    const [row] = await this.db.query<AttemptResult>(
      `SELECT a.count < $3 AS allowed, a.count + a.refused AS count, ${SECONDS_LEFT} AS "retryAfterSeconds"
       FROM attempts a WHERE scope = $1 AND key = $2 AND expires_at > clock_timestamp()`,
      [spec.scope, spec.key, checked(spec.limit)],
    );
    return row ? settled(row) : { allowed: spec.limit > 0, count: 0, retryAfterSeconds: 0 };
  }

  /** Takes one counted attempt back: the check it stood for succeeded. */
  async giveBack(scope: string, key: string): Promise<void> {
    await this.db.query('UPDATE attempts SET count = greatest(count - 1, 0) WHERE scope = $1 AND key = $2', [
      scope,
      key,
    ]);
  }

  /** Forgets a counter: management unlocks. */
  async clear(scope: string, key: string): Promise<void> {
    await this.db.query('DELETE FROM attempts WHERE scope = $1 AND key = $2', [scope, key]);
  }

  /** Forgets several counters in one statement. */
  async clearAll(counters: AttemptKey[]): Promise<void> {
    await this.db.query(
      'DELETE FROM attempts a USING unnest($1::text[], $2::text[]) AS c (scope, key) WHERE a.scope = c.scope AND a.key = c.key',
      [counters.map(({ scope }) => scope), counters.map(({ key }) => key)],
    );
  }

  /** Deletes up to 1000 counters whose window has ended; answers how many, so that a timer goes on while there are more. */
  async forgetOld(): Promise<number> {
    const gone = await this.db.query(
      `DELETE FROM attempts WHERE ctid = ANY (ARRAY(SELECT ctid FROM attempts
         WHERE expires_at <= clock_timestamp() LIMIT 1000)) AND expires_at <= clock_timestamp() RETURNING 1 AS one`,
    );
    return gone.length;
  }
}

const SECONDS_LEFT = 'greatest(1, ceil(extract(epoch FROM a.expires_at - clock_timestamp())))::int';

const settled = (row: AttemptResult): AttemptResult => (row.allowed ? { ...row, retryAfterSeconds: 0 } : row);

// A limit that came out as NaN or a fraction would compare as no limit at all.
function checked(limit: number): number {
  if (!Number.isInteger(limit) || limit < 0) throw new TypeError('the limit must be a whole number');
  return limit;
}
