import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Holdings } from './uninstall.decide.ts';

/** Postgres' own microseconds, which a Date would round away. */
const EXACTLY = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** A vendor's values together, and how they go. */
@Injectable()
export class UninstallRepository {
  /** How many values of the vendor there are, of how many users, and when the latest was written. */
  async values(
    tx: Tx,
    appId: string,
    vendor: string,
  ): Promise<Pick<Holdings, 'values' | 'users' | 'versions'> & { latest: string | null }> {
    const row = await tx.one<{ values: number; users: number; versions: string; latest: string | null }>(
      `SELECT count(*)::int AS values, count(DISTINCT user_id)::int AS users,
         coalesce(sum(version), 0)::text AS versions,
         to_char(max(updated_at) AT TIME ZONE 'UTC', ${EXACTLY}) AS latest
       FROM third_party_data WHERE app_id = $1 AND vendor = $2`,
      [appId, vendor],
    );
    return row ?? { values: 0, users: 0, versions: '0', latest: null };
  }

  /** Elements that the plan made, that no other plan names and no other vendor's value uses; by name. */
  async ownElements(tx: Tx, appId: string, vendor: string): Promise<string[]> {
    const rows = await tx.query<{ element: string }>(
      `SELECT element FROM vendor_elements mine WHERE app_id = $1 AND vendor = $2 AND made
         AND NOT EXISTS (SELECT FROM vendor_elements o
           WHERE o.app_id = $1 AND o.element = mine.element AND o.vendor <> $2)
         AND NOT EXISTS (SELECT FROM third_party_data d
           WHERE d.app_id = $1 AND d.element = mine.element AND d.vendor <> $2)
       ORDER BY element`,
      [appId, vendor],
    );
    return rows.map(({ element }) => element);
  }

  /**
   * Deletes up to `limit` of the vendor's values that were last written at `latest` or before. Answers which; none: there
   * are no more.
   */
  deleteValues(
    tx: Tx,
    appId: string,
    vendor: string,
    latest: string | undefined,
    limit: number,
  ): Promise<{ userId: string; element: string }[]> {
    return tx.query<{ userId: string; element: string }>(
      // materialised: a plan that runs the choice more than once would delete more than `limit`
      `WITH chosen AS MATERIALIZED (
         SELECT user_id, element FROM third_party_data
         WHERE app_id = $1 AND vendor = $2 AND updated_at <= $3::timestamptz LIMIT $4 FOR UPDATE)
       DELETE FROM third_party_data d USING chosen
       WHERE d.app_id = $1 AND d.vendor = $2 AND d.user_id = chosen.user_id AND d.element = chosen.element
       RETURNING d.user_id AS "userId", d.element`,
      [appId, vendor, latest ?? null, limit],
    );
  }
}
