import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { FoundRecord, RecordRow } from './record.types.ts';
import type { Writes } from './write-buffer.ts';

const FOUND = `r.id AS key, r.kind, r.payload, r.uid, extract(epoch FROM r.consumed_at)::float8 AS "consumedAt",
  extract(epoch FROM r.expires_at - clock_timestamp())::float8 AS "left"`;
const ALIVE = 'r.expires_at > clock_timestamp()';

/** A record, and what whoever asks for it asks for next: its grant and its session. One statement for all. */
const FIND = `
  WITH hit AS MATERIALIZED (SELECT * FROM oidc_records r WHERE r.app_id = $1 AND r.id = $2 AND ${ALIVE})
  SELECT ${FOUND} FROM hit r
  UNION ALL
  SELECT ${FOUND} FROM hit h JOIN oidc_records r ON r.app_id = $1 AND r.id = 'Grant:' || h.grant_id WHERE ${ALIVE}
  UNION ALL
  SELECT ${FOUND} FROM hit h JOIN oidc_records r ON r.app_id = $1 AND r.uid = h.session_uid WHERE ${ALIVE}`;

const SESSION = `SELECT ${FOUND} FROM oidc_records r WHERE r.app_id = $1 AND r.uid = $2 AND ${ALIVE}`;

/**
 * The writes of one request. What must be unused is used up first, by an update that finds no row a second time (the
 * database's clock decides, invariant 2); where it finds none, nothing else of it is done.
 */
const WRITE = `
  WITH used AS (
    UPDATE oidc_records SET consumed_at = clock_timestamp()
    WHERE app_id = $1 AND id = ANY ($2::text[]) AND consumed_at IS NULL AND expires_at > clock_timestamp()
    RETURNING 1
  ), verdict AS MATERIALIZED (
    SELECT (SELECT count(*) FROM used) = cardinality($2::text[]) AS good
  ), gone AS (
    DELETE FROM oidc_records WHERE app_id = $1 AND id = ANY ($3::text[]) AND (SELECT good FROM verdict)
  ), revoked AS (
    DELETE FROM oidc_records WHERE app_id = $1 AND grant_id = ANY ($4::text[]) AND (SELECT good FROM verdict)
      AND kind IN ('AuthorizationCode', 'AccessToken', 'RefreshToken') AND NOT id = ANY ($3::text[])
  ), put AS (
    INSERT INTO oidc_records (app_id, id, kind, payload, user_id, client_id, grant_id, uid, session_uid, expires_at)
    SELECT $1, w.id, w.kind, w.payload, w.user_id, w.client_id, w.grant_id, w.uid, w.session_uid,
      clock_timestamp() + make_interval(secs => w.ttl)
    FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::float8[])
      AS w (id, kind, payload, user_id, client_id, grant_id, uid, session_uid, ttl)
    WHERE (SELECT good FROM verdict)
    ON CONFLICT (app_id, id) DO UPDATE SET payload = excluded.payload, user_id = excluded.user_id,
      grant_id = excluded.grant_id, expires_at = excluded.expires_at
  )
  SELECT good FROM verdict`;

/** Rows deleted in one round of the sweep. */
const SWEEP = 1000;

/** The table `oidc_records`. */
@Injectable()
export class RecordRepository {
  constructor(private readonly database: Database) {}

  /** The record under `key`, and after it its grant and session where it has them; nothing if it expired. */
  find(appId: string, key: string): Promise<FoundRecord[]> {
    return this.database.query<FoundRecord>(FIND, [appId, key], 'oidc-record');
  }

  /** The session that others know by `uid`. */
  findSession(appId: string, uid: string): Promise<FoundRecord[]> {
    return this.database.query<FoundRecord>(SESSION, [appId, uid], 'oidc-session');
  }

  /** Writes all or nothing; false where something was used already, or has expired. */
  async write(appId: string, { rows, gone, used, revoked }: Writes): Promise<boolean> {
    const column = <K extends keyof RecordRow>(name: K) => rows.map((row) => row[name]);
    const [verdict] = await this.database.query<{ good: boolean }>(
      WRITE,
      [
        ...[appId, used, gone, revoked, column('key'), column('kind'), column('payload'), column('userId')],
        ...[column('clientId'), column('grantId'), column('uid'), column('sessionUid'), column('ttlSeconds')],
      ],
      'oidc-write',
    );
    return verdict?.good === true;
  }

  /** Somebody presents what was used already: everything that came of it ends, the grant included (RFC 9700 §4.13). */
  async endFamilies(appId: string, used: string[]): Promise<void> {
    await this.database.query(
      `WITH reused AS (SELECT grant_id FROM oidc_records
         WHERE app_id = $1 AND id = ANY ($2::text[]) AND consumed_at IS NOT NULL AND grant_id IS NOT NULL)
       DELETE FROM oidc_records WHERE app_id = $1
         AND (grant_id IN (SELECT grant_id FROM reused) OR id IN (SELECT 'Grant:' || grant_id FROM reused))`,
      [appId, used],
    );
  }

  /** Keeps that `key` was seen, for `ttlSeconds`; false where it had been. An insert alone: nobody reads first. */
  async insertOnce(appId: string, key: string, ttlSeconds: number): Promise<boolean> {
    const rows = await this.database.query(
      `INSERT INTO oidc_records AS r (app_id, id, kind, payload, expires_at)
       VALUES ($1, $2, 'Replay', '', clock_timestamp() + make_interval(secs => $3))
       ON CONFLICT (app_id, id) DO UPDATE SET expires_at = excluded.expires_at
         WHERE r.expires_at <= clock_timestamp()
       RETURNING 1 AS one`,
      [appId, key, ttlSeconds],
    );
    return rows.length > 0;
  }

  /** Deletes some of what has expired; answers how many. Safe in several processes at once. */
  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM oidc_records WHERE (app_id, id) IN (SELECT app_id, id FROM oidc_records
         WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT ${SWEEP} FOR UPDATE SKIP LOCKED)
       RETURNING 1 AS one`,
    );
    return rows.length;
  }
}
