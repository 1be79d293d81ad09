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

/** What {@link Attempts.countAll} answers. */
export interface AllCounted {
  allowed: boolean;
  /** The limit that refused, the one with the longest wait if several did. */
  refusedBy?: AttemptLimit;
  /** 0 if allowed. */
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
      'count-attempt',
    );
    return settled(row!);
  }

  /**
   * Counts one attempt on every limit, all of them or none, in one statement: for what several budgets stand over.
   * Where one refuses, what the others counted is taken back at once; meanwhile they count one too many, never one
   * too few. The limits have different scopes.
   */
  async countAll(specs: AttemptLimit[]): Promise<AllCounted> {
    // every statement takes its rows in the same order, so that none waits for another in a circle
    const ordered = specs.toSorted((a, b) => (a.scope < b.scope ? -1 : 1));
    const rows = await this.db.query<AttemptResult & { scope: string }>(
      `INSERT INTO attempts AS a (scope, key, count, refused, allowed, expires_at)
       SELECT scope, key, least(quota, 1), 1 - least(quota, 1), quota > 0, clock_timestamp() + make_interval(secs => secs)
       FROM unnest($1::text[], $2::text[], $3::int[], $4::float8[]) AS s (scope, key, quota, secs)
       ON CONFLICT (scope, key) DO UPDATE SET
         count = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.count
                      WHEN a.count < ${QUOTA} THEN a.count + 1 ELSE a.count END,
         refused = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.refused
                        WHEN a.count < ${QUOTA} THEN a.refused ELSE least(a.refused + 1, 1000000000) END,
         allowed = ${QUOTA} > 0 AND (a.expires_at <= clock_timestamp() OR a.count < ${QUOTA}),
         expires_at = CASE WHEN a.expires_at <= clock_timestamp() THEN excluded.expires_at ELSE a.expires_at END
       RETURNING scope, allowed, count + refused AS count, ${SECONDS_LEFT} AS "retryAfterSeconds"`,
      [
        ordered.map(({ scope }) => scope),
        ordered.map(({ key }) => key),
        ordered.map(({ limit }) => checked(limit)),
        ordered.map(({ windowSeconds }) => windowSeconds),
      ],
      'count-all-attempts',
    );
    const refusals = rows.filter(({ allowed }) => !allowed);
    if (refusals.length === 0) return { allowed: true, retryAfterSeconds: 0 };
    const counted = new Set(rows.filter(({ allowed }) => allowed).map(({ scope }) => scope));
    await this.giveBackAll(ordered.filter(({ scope }) => counted.has(scope)));
    const longest = refusals.reduce((a, b) => (b.retryAfterSeconds > a.retryAfterSeconds ? b : a));
    const refusedBy = ordered.find(({ scope }) => scope === longest.scope)!;
    return { allowed: false, refusedBy, retryAfterSeconds: longest.retryAfterSeconds };
  }

  /** Takes one counted attempt back on each counter; one that then counts nothing is forgotten, its window too. */
  async giveBackAll(counters: AttemptKey[]): Promise<void> {
    await this.db.query(
      `WITH counted AS (
         SELECT a.scope, a.key, a.count FROM attempts a JOIN unnest($1::text[], $2::text[]) AS c (scope, key)
           ON a.scope = c.scope AND a.key = c.key ORDER BY a.scope COLLATE "C" FOR UPDATE OF a),
       gone AS (DELETE FROM attempts a USING counted c WHERE a.scope = c.scope AND a.key = c.key AND c.count <= 1)
       UPDATE attempts a SET count = a.count - 1 FROM counted c
       WHERE a.scope = c.scope AND a.key = c.key AND c.count > 1`,
      [counters.map(({ scope }) => scope), counters.map(({ key }) => key)],
      'give-back-attempts',
    );
  }

  /**
   * For checks that mostly succeed: takes one counted attempt back on each of `counted` and forgets all that `cleared`
   * have counted, in one statement. Windows go on to their end and rows stay that long: one that is deleted after each
   * success and made again by the next try leaves a dead one behind each time, over which everybody's tries then read.
   * The counters have different scopes.
   */
  async settle(counted: AttemptKey[], cleared: AttemptKey[]): Promise<void> {
    const all = [
      ...counted.map((counter) => ({ ...counter, isCleared: false })),
      ...cleared.map((counter) => ({ ...counter, isCleared: true })),
    ].toSorted((a, b) => (a.scope < b.scope ? -1 : 1));
    // ON CONFLICT as when counting: in the order given, each by its key; what is not there is made and over at once
    await this.db.query(
      `INSERT INTO attempts AS a (scope, key, count, refused, allowed, expires_at)
       SELECT scope, key, 0, 0, true, clock_timestamp() FROM unnest($1::text[], $2::text[]) AS s (scope, key)
       ON CONFLICT (scope, key) DO UPDATE SET
         count = CASE WHEN ${IS_CLEARED} THEN 0 ELSE greatest(a.count - 1, 0) END,
         refused = CASE WHEN ${IS_CLEARED} THEN 0 ELSE a.refused END`,
      [all.map(({ scope }) => scope), all.map(({ key }) => key), all.map(({ isCleared }) => isCleared)],
      'settle-attempts',
    );
  }

  /** Whether the next attempt would be allowed, without counting one: for the start of a step and for issuing. */
  async peek(spec: AttemptLimit): Promise<AttemptResult> {
    const [row] = await this.db.query<AttemptResult>(
      `SELECT a.count < $3 AS allowed, a.count + a.refused AS count, ${SECONDS_LEFT} AS "retryAfterSeconds"
       FROM attempts a WHERE scope = $1 AND key = $2 AND expires_at > clock_timestamp()`,
      [spec.scope, spec.key, checked(spec.limit)],
      'peek-attempts',
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

  /**
   * Forgets several counters in one statement; with `on` in that transaction, so that they are forgotten with what makes
   * them idle, and not a moment or a crash later.
   */
  async clearAll(counters: AttemptKey[], on: Pick<Database, 'query'> = this.db): Promise<void> {
    await on.query(
      // locked in the order in which they are counted, or two of both would wait for each other
      `WITH locked AS (
         SELECT a.scope, a.key FROM attempts a JOIN unnest($1::text[], $2::text[]) AS c (scope, key)
           ON a.scope = c.scope AND a.key = c.key ORDER BY a.scope COLLATE "C" FOR UPDATE OF a)
       DELETE FROM attempts a USING locked l WHERE a.scope = l.scope AND a.key = l.key`,
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

/** The limit of the counter at hand, in a statement over several; and whether it is forgotten. */
const QUOTA = '($3::int[])[array_position($1::text[], a.scope)]';
const IS_CLEARED = '($3::bool[])[array_position($1::text[], a.scope)]';
const SECONDS_LEFT = 'greatest(1, ceil(extract(epoch FROM a.expires_at - clock_timestamp())))::int';

const settled = (row: AttemptResult): AttemptResult => (row.allowed ? { ...row, retryAfterSeconds: 0 } : row);

// A limit that came out as NaN or a fraction would compare as no limit at all.
function checked(limit: number): number {
  if (!Number.isInteger(limit) || limit < 0) throw new TypeError('the limit must be a whole number');
  return limit;
}
