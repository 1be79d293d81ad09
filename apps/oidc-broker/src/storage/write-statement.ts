import type { RecordRow } from './record.types.ts';
import type { Writes } from './write-buffer.ts';

/** A statement with its parameters; `name` is another one for each text. */
export interface WriteStatement {
  name: string;
  sql: string;
  values: unknown[];
}

/** What a request does besides, in the same statement and before its writes: where it is not done, they are not either. */
export interface WriteLead {
  /** Parts of a WITH, `$1` is the application; `done` has a row where it is done. */
  sql: string;
  done: string;
  /** Of `$1` and so on. */
  values: unknown[];
  name: string;
}

/** What a request found, and its writes are for. */
export interface ReliedOn {
  /** By user. */
  generations: ReadonlyMap<string, string>;
  /** Keys of sessions. */
  sessions: readonly string[];
}

/** `lost`: what leads the writes was not done. */
export type Outcome = 'written' | 'used' | 'ended' | 'lost';

/**
 * The writes of one request in one statement that answers their `outcome`. What must be unused is used up first, by an
 * update that finds no row a second time (the database's clock decides, invariant 2); where it finds none, nothing else of
 * it is done. Before it, users are held as they were found, and with a session to write the one that was found: where what
 * they have open, or that session, was ended or renamed meanwhile, nothing is done at all (SES-06). A request under way
 * would write it anew under the id that somebody else may have.
 *
 * It consists of what there is to do and nothing else, and one key is compared as one, not as a list: else the database
 * would plan it anew each time, which takes longer than doing it.
 */
export function writeStatement(
  appId: string,
  { rows, gone, used, revoked }: Writes,
  { generations, sessions }: ReliedOn,
  lead?: WriteLead,
): WriteStatement {
  const values: unknown[] = lead ? [...lead.values] : [appId];
  const parts: string[] = lead ? [lead.sql] : [];
  const names: string[] = [...(lead ? [lead.name] : []), 'oidc-write'];
  const put = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const among = (column: string, keys: readonly string[]): string =>
    keys.length === 1 ? `${column} = ${put(keys[0], 'text')}` : `${column} = ANY (${put(keys, 'text[]')})`;
  const part = (name: string, sql: string, size: number): void => {
    parts.push(`${name} AS ${sql}`);
    // Postgres tells names of statements apart by 63 characters
    names.push(name.slice(0, 3) + (size === 1 ? '' : 's'));
  };

  const standing: string[] = [];
  const hold = (name: string, sql: string, size: number): void => {
    part(name, `MATERIALIZED (${sql})`, size);
    standing.push(`(SELECT count(*) FROM ${name}) = ${put(size, 'int')}`);
  };
  // users before records, as everybody who ends something does
  if (generations.size > 0) {
    const users = [[...generations.keys()], [...generations.values()]];
    hold('held', heldUsers(users as [string[], string[]], put), generations.size);
  }
  if (sessions.length > 0) {
    const sql = `SELECT 1 FROM oidc_records WHERE app_id = $1 AND ${among('id', sessions)} FOR UPDATE`;
    hold('kept', sql, sessions.length);
  }
  const isHeld = standing.length > 0;
  if (isHeld) parts.push(`standing AS MATERIALIZED (SELECT ${standing.join(' AND ')} AS good)`);
  const ifStanding = [
    lead && `AND EXISTS (SELECT 1 FROM ${lead.done})`,
    isHeld && 'AND (SELECT good FROM standing)',
  ]
    .filter(Boolean)
    .join(' ');
  if (used.length > 0) {
    const sql = `(UPDATE oidc_records SET consumed_at = clock_timestamp()
      WHERE app_id = $1 AND ${among('id', used)} AND consumed_at IS NULL AND expires_at > clock_timestamp() ${ifStanding}
      RETURNING 1)`;
    part('used', sql, used.length);
    parts.push(
      `verdict AS MATERIALIZED (SELECT (SELECT count(*) FROM used) = ${put(used.length, 'int')} AS good)`,
    );
  }
  // what is used up is used up only while its users stand
  const ifGood = used.length > 0 ? 'AND (SELECT good FROM verdict)' : ifStanding;
  if (gone.length > 0)
    part(
      'gone',
      `(DELETE FROM oidc_records WHERE app_id = $1 AND ${among('id', gone)} ${ifGood})`,
      gone.length,
    );
  if (revoked.length > 0) {
    const others = gone.length > 0 ? `AND NOT id = ANY (${put(gone, 'text[]')})` : '';
    const sql = `(DELETE FROM oidc_records WHERE app_id = $1 AND ${among('grant_id', revoked)} ${ifGood} ${others}
      AND kind IN ('AuthorizationCode', 'AccessToken', 'RefreshToken'))`;
    part(gone.length > 0 ? 'others' : 'revoked', sql, revoked.length);
  }
  if (rows.length > 0) part('put', `(${putRows(rows, ifGood, put)})`, 1);

  const outcome = [
    lead && `WHEN NOT EXISTS (SELECT 1 FROM ${lead.done}) THEN 'lost'`,
    isHeld && `WHEN NOT (SELECT good FROM standing) THEN 'ended'`,
    used.length > 0 && `WHEN NOT (SELECT good FROM verdict) THEN 'used'`,
  ].filter(Boolean);
  const answer = outcome.length > 0 ? `CASE ${outcome.join(' ')} ELSE 'written' END` : `'written'`;
  return { name: names.join('-'), sql: `WITH ${parts.join(', ')} SELECT ${answer} AS outcome`, values };
}

type Put = (value: unknown, type: string) => string;

/** Columns of a record, what of its row they hold, and their types. */
const COLUMNS = [
  ['id', 'key', 'text'],
  ['kind', 'kind', 'text'],
  ['payload', 'payload', 'text'],
  ['user_id', 'userId', 'text'],
  ['client_id', 'clientId', 'text'],
  ['grant_id', 'grantId', 'text'],
  ['uid', 'uid', 'text'],
  ['session_uid', 'sessionUid', 'text'],
  ['shown_at', 'shownAt', 'float8'],
  ['is_second_factor', 'isSecondFactor', 'boolean'],
] as const satisfies [string, keyof RecordRow, string][];

function heldUsers([ids, generations]: [string[], string[]], put: Put): string {
  if (ids.length === 1)
    return `SELECT 1 FROM directory_users WHERE app_id = $1 AND user_id = ${put(ids[0], 'text')}
      AND generation = ${put(generations[0], 'bigint')} FOR SHARE`;
  return `SELECT 1 FROM unnest(${put(ids, 'text[]')}, ${put(generations, 'bigint[]')}) AS u (id, generation)
    JOIN directory_users d ON d.app_id = $1 AND d.user_id = u.id AND d.generation = u.generation
    FOR SHARE OF d`;
}

function putRows(rows: readonly RecordRow[], ifGood: string, put: Put): string {
  const arrays = COLUMNS.map(([, name, type]) =>
    put(
      rows.map((row) => row[name]),
      `${type}[]`,
    ),
  );
  const columns = COLUMNS.map(([column]) => column).join(', ');
  return `INSERT INTO oidc_records (app_id, ${columns}, expires_at)
    SELECT $1, ${columns}, clock_timestamp() + make_interval(secs => ttl)
    FROM unnest(${arrays.join(', ')}, ${put(
      rows.map(({ ttlSeconds }) => ttlSeconds),
      'float8[]',
    )}) AS w (${columns}, ttl)
    WHERE true ${ifGood}
    ON CONFLICT (app_id, id) DO UPDATE SET payload = excluded.payload, user_id = excluded.user_id,
      grant_id = excluded.grant_id, session_uid = excluded.session_uid, shown_at = excluded.shown_at,
      is_second_factor = excluded.is_second_factor, expires_at = excluded.expires_at`;
}
