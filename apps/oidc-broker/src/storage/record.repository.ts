import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { FIND, FIND_SESSION } from './record-find.ts';
import type { FoundRecord } from './record.types.ts';
import type { Writes } from './write-buffer.ts';
import { type Outcome, type ReliedOn, type WriteLead, writeStatement } from './write-statement.ts';

/** Rows deleted in one round of the sweep. */
const SWEEP = 1000;

/** The table `oidc_records`. */
@Injectable()
export class RecordRepository {
  constructor(private readonly database: Database) {}

  /** The record under `key`, and after it what {@link FIND} brings along where it is there; nothing if it expired. */
  find(appId: string, key: string): Promise<FoundRecord[]> {
    return this.database.query<FoundRecord>(FIND, [appId, key], 'oidc-record');
  }

  /** The session that others know by `uid`. */
  findSession(appId: string, uid: string): Promise<FoundRecord[]> {
    return this.database.query<FoundRecord>(FIND_SESSION, [appId, uid], 'oidc-session');
  }

  /**
   * Writes all or nothing. `used`: something was used already, or has expired. `ended`: what one of the users had open was
   * ended since the request found it, or the session was. `lost`: see {@link WriteLead}.
   */
  async write(appId: string, writes: Writes, reliedOn: ReliedOn, lead?: WriteLead): Promise<Outcome> {
    const { name, sql, values } = writeStatement(appId, writes, reliedOn, lead);
    const [verdict] = await this.database.query<{ outcome: Outcome }>(sql, values, name);
    return verdict!.outcome;
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
