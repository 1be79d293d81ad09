import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { CachedTable } from './cache.schemas.ts';

export interface Invalidation {
  id: string;
  appId: string;
  table: CachedTable;
}

/** An instance that has to report an invalidation, or has done so. */
export interface InstanceReport {
  instance: string;
  appliedAt: Date | null;
}

/** Most invalidations reported in one round. */
const BATCH = 100;

@Injectable()
export class CacheRepository {
  constructor(private readonly database: Database) {}

  async request(tx: Tx, { id, appId, table }: Invalidation): Promise<void> {
    await tx.query('INSERT INTO cache_invalidations (id, app_id, table_name) VALUES ($1, $2, $3)', [
      ...[id, appId, table],
    ]);
  }

  async find(appId: string, id: string): Promise<{ table: CachedTable; requestedAt: Date } | undefined> {
    const [row] = await this.database.query<{ table: CachedTable; requestedAt: Date }>(
      `SELECT table_name AS "table", requested_at AS "requestedAt" FROM cache_invalidations
       WHERE app_id = $1 AND id = $2`,
      [appId, id],
    );
    return row;
  }

  /**
   * Who has reported the invalidation, and who must still: instances that were there before it and have been seen in
   * the last `seenWithinMs` milliseconds. One that came later has loaded nothing from before.
   */
  reports(id: string, seenWithinMs: number): Promise<InstanceReport[]> {
    return this.database.query<InstanceReport>(
      `SELECT coalesce(r.instance, i.instance) AS instance, r.applied_at AS "appliedAt"
       FROM (SELECT instance FROM cache_instances
             WHERE seen_at > clock_timestamp() - $2::int * interval '1 millisecond'
               AND started_at <= (SELECT requested_at FROM cache_invalidations WHERE id = $1)) i
       FULL JOIN (SELECT instance, applied_at FROM cache_reports WHERE invalidation_id = $1) r USING (instance)
       ORDER BY 1`,
      [id, seenWithinMs],
    );
  }

  /** What was asked since `instance` is there and it has not reported, oldest first, at most 100. */
  unreported(instance: string): Promise<Invalidation[]> {
    return this.database.query<Invalidation>(
      `SELECT id, app_id AS "appId", table_name AS "table" FROM cache_invalidations v
       WHERE requested_at >= (SELECT started_at FROM cache_instances WHERE instance = $1)
         AND NOT EXISTS (SELECT FROM cache_reports WHERE invalidation_id = v.id AND instance = $1)
       ORDER BY requested_at LIMIT $2`,
      [instance, BATCH],
    );
  }

  /** Notes that `instance` has dropped what these were about. Answers those that it had not reported before. */
  async report(tx: Tx, instance: string, ids: readonly string[]): Promise<Invalidation[]> {
    return tx.query<Invalidation>(
      `WITH noted AS (
         INSERT INTO cache_reports (invalidation_id, instance)
         SELECT id, $1 FROM cache_invalidations WHERE id = ANY ($2::text[])
         ON CONFLICT DO NOTHING RETURNING invalidation_id)
       SELECT id, app_id AS "appId", table_name AS "table" FROM cache_invalidations
       WHERE id IN (SELECT invalidation_id FROM noted) ORDER BY requested_at`,
      [instance, ids],
    );
  }

  /** The instance is there; a new one from now on. */
  async seen(instance: string): Promise<void> {
    await this.database.query(
      `INSERT INTO cache_instances (instance) VALUES ($1)
       ON CONFLICT (instance) DO UPDATE SET seen_at = clock_timestamp()`,
      [instance],
    );
  }

  /** The instance ends: nobody waits for its reports. */
  async gone(instance: string): Promise<void> {
    await this.database.query('DELETE FROM cache_instances WHERE instance = $1', [instance]);
  }

  /** Forgets invalidations of a day ago, with their reports, and instances that died an hour ago. How many. */
  async purge(): Promise<number> {
    const asked = await this.database.query(
      `DELETE FROM cache_invalidations WHERE id = ANY (ARRAY(SELECT id FROM cache_invalidations
         WHERE requested_at < clock_timestamp() - interval '1 day' LIMIT 1000)) RETURNING 1 AS one`,
    );
    const dead = await this.database.query(
      `DELETE FROM cache_instances WHERE seen_at < clock_timestamp() - interval '1 hour' RETURNING 1 AS one`,
    );
    return asked.length + dead.length;
  }
}
