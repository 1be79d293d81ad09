import type { OutboxRow } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { loginKey } from '../storage/record-find.ts';
import { currentRecords } from '../storage/request-records.ts';
import { NO_GENERATION } from '../storage/user-generation.ts';
import type { WriteLead } from '../storage/write-statement.ts';
import type { Login, Proof } from './login.types.ts';

/** What the provider is told when a login ends; kept, so that a repeat tells the same. */
export type LoginResult = Record<string, unknown>;

/** What of a login is kept between requests. */
export interface KeptLogin extends Pick<
  Login,
  'uid' | 'appId' | 'version' | 'username' | 'userId' | 'proofs' | 'data' | 'expiresAt'
> {
  result?: LoginResult | undefined;
}

interface Row {
  version: number;
  userId: string | null;
  proofs: Proof[];
  sealedState: string;
  result: LoginResult | null;
  expiresAt: number;
  /** Of the user, as the same statement saw it. */
  generation: string | null;
}

/**
 * Writes nothing for a user whose state is another than the one that the request found: what they had open was ended while
 * a proof was being checked, and this row with it (SES-06). What ended is not written anew either.
 */
const HELD = `holder AS MATERIALIZED (
    SELECT 1 FROM directory_users WHERE app_id = $1 AND user_id = $4 AND generation = $9::bigint FOR SHARE
  )`;
const KEEP = `
  INSERT INTO logins (app_id, uid, version, user_id, proofs, sealed_state, result, expires_at)
  SELECT $1, $2, v.next, $4, $5::jsonb, $6, $7::jsonb, to_timestamp($8::float8)
  FROM (SELECT $3::int + $10::int AS next) AS v
  WHERE ($9::bigint IS NULL OR EXISTS (SELECT 1 FROM holder))
    AND ($3::int = 0 OR EXISTS (SELECT 1 FROM logins WHERE app_id = $1 AND uid = $2))`;

/** What became of it is told in the same statement, or not at all. */
const TELL = `, told AS (
  INSERT INTO outbox (shard, topic, key, headers, body)
  SELECT shard, topic, key, headers::jsonb, body
  FROM unnest($11::smallint[], $12::text[], $13::text[], $14::text[], $15::bytea[])
    WITH ORDINALITY AS r (shard, topic, key, headers, body, place)
  WHERE EXISTS (SELECT 1 FROM advanced) ORDER BY place)`;

/** Most rows that one round of sweeping deletes. */
const SWEPT_AT_ONCE = 500;

const contextOf = ({ appId, uid }: Pick<Login, 'appId' | 'uid'>): string => `login:${appId}:${uid}`;

/** Logins in progress, beside the provider's interactions. */
@Injectable()
export class LoginRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  async find(appId: string, uid: string): Promise<KeptLogin | undefined> {
    const row = await this.read(appId, uid);
    if (!row) return undefined;
    const { userId, sealedState, result, ...rest } = row;
    const state = JSON.parse(this.vault.open(sealedState, contextOf({ appId, uid }))) as Pick<
      Login,
      'username' | 'data'
    >;
    return { appId, uid, ...rest, ...state, ...(userId !== null && { userId }), ...(result && { result }) };
  }

  /**
   * Keeps what became of the login, as the version after `login.version`. False where another submission was faster, it
   * has ended, or what its user has open was ended meanwhile: then nothing is changed, and no event of `events` is told.
   * Holds the user as they are until it is committed. The outbox wants to be woken then.
   */
  async advance(
    login: KeptLogin,
    events: readonly OutboxRow[],
    on: Pick<Database, 'query'> = this.database,
  ): Promise<boolean> {
    const { sql, done, values, name } = this.advancing(login, events);
    const rows = await on.query(`WITH ${sql} SELECT one FROM ${done}`, values, name);
    return rows.length === 1;
  }

  /** The same, to lead what the request under way writes: a login that ends and what the provider keeps of that. */
  advancing(login: KeptLogin, events: readonly OutboxRow[]): WriteLead {
    const told = events.length > 0;
    const sql = `${HELD}, advanced AS (${KEEP}
      ON CONFLICT (app_id, uid) DO UPDATE SET version = excluded.version, user_id = excluded.user_id,
        proofs = excluded.proofs, sealed_state = excluded.sealed_state, result = excluded.result
      WHERE logins.version = $3 AND logins.result IS NULL
      RETURNING 1 AS one)${told ? TELL : ''}`;
    const values = [...this.columnsOf(login), 1, ...(told ? columnsOfEvents(events) : [])];
    return { sql, done: 'advanced', values, name: told ? 'login-advance-told' : 'login-advance' };
  }

  /** Keeps what a step needs for the page that it has just made. Whoever submits meanwhile wins. */
  async keepState(login: KeptLogin): Promise<void> {
    await this.database.query(
      `WITH ${HELD} ${KEEP}
       ON CONFLICT (app_id, uid) DO UPDATE SET sealed_state = excluded.sealed_state
       WHERE logins.version = $3 AND logins.result IS NULL`,
      [...this.columnsOf(login), 0],
      'login-keep-state',
    );
  }

  /** Deletes what has expired; answers how many. */
  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM logins WHERE ctid = ANY (ARRAY(SELECT ctid FROM logins WHERE expires_at <= clock_timestamp()
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1 AS one`,
      [SWEPT_AT_ONCE],
    );
    return rows.length;
  }

  /** Forgets the logins of a user that are under way. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM logins WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  /** Forgets those that an image passcode was shown in. */
  async forgetSecondFactors(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query(
      `DELETE FROM logins WHERE app_id = $1 AND user_id = $2 AND proofs @> '[{"factor": "image-passcode"}]'`,
      [appId, userId],
    );
  }

  /** The row that came along with the request's interaction, the first time it is asked for; else as it is. */
  private async read(appId: string, uid: string): Promise<Omit<Row, 'generation'> | undefined> {
    const records = currentRecords();
    const known = records?.appId === appId ? records.cameWith(loginKey(uid), { once: true }) : undefined;
    if (known !== undefined) return known === null ? undefined : (JSON.parse(known) as Row);
    const [row] = await this.database.query<Row>(
      `SELECT l.version, l.user_id AS "userId", l.proofs, l.sealed_state AS "sealedState", l.result,
         extract(epoch FROM l.expires_at)::float8 AS "expiresAt", d.generation::text AS generation
       FROM logins l LEFT JOIN directory_users d ON d.app_id = l.app_id AND d.user_id = l.user_id
       WHERE l.app_id = $1 AND l.uid = $2 AND l.expires_at > clock_timestamp()`,
      [appId, uid],
      'login',
    );
    if (!row) return undefined;
    const { generation, ...rest } = row;
    if (rest.userId !== null) records?.relyOn(rest.userId, generation ?? NO_GENERATION);
    return rest;
  }

  private columnsOf(login: KeptLogin): unknown[] {
    const { appId, uid, version, userId, proofs, username, data, result, expiresAt } = login;
    const state = this.vault.seal(JSON.stringify({ username, data }), contextOf(login));
    return [
      ...[appId, uid, version, userId ?? null, JSON.stringify(proofs), state],
      ...[result ? JSON.stringify(result) : null, expiresAt],
      (userId !== undefined && currentRecords()?.generationOf(userId)) || null,
    ];
  }
}

const columnsOfEvents = (events: readonly OutboxRow[]): unknown[] => [
  events.map(({ shard }) => shard),
  events.map(({ topic }) => topic),
  events.map(({ key }) => key),
  events.map(({ headers }) => headers),
  events.map(({ body }) => body),
];
