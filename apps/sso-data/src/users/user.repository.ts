import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** A user as mfa-orchestrator just resolved them. `resolvedAt` is its time (ISO 8601). */
export interface ResolvedOwner {
  appId: string;
  userId: string;
  usernameKey: string;
  resolvedAt: string;
}

/** Another id that this name had: who of the two is gone is a matter of which was resolved later. */
export interface NameSake {
  userId: string;
  isNewer: boolean;
}

@Injectable()
export class UserRepository {
  /** One write at a time for a name: until the transaction ends nobody else decides whose the name is. */
  async lockName(tx: Tx, appId: string, usernameKey: string): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`name:${appId}:${usernameKey}`]);
  }

  /** Notes the user and holds the row until the transaction ends, so that no erasure runs beside it. False: erased. */
  async hold(tx: Tx, owner: ResolvedOwner): Promise<boolean> {
    const row = await tx.one<{ erased: boolean }>(
      `INSERT INTO users (app_id, user_id, username_key, resolved_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (app_id, user_id) DO UPDATE SET resolved_at = greatest(users.resolved_at, excluded.resolved_at)
       RETURNING erased_at IS NOT NULL AS erased`,
      [owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt],
    );
    return row?.erased === false;
  }

  /** Other ids, not erased, that the name had. Names are unique, so all but the latest are of deleted users. */
  nameSakes(tx: Tx, owner: ResolvedOwner): Promise<NameSake[]> {
    return tx.query<NameSake>(
      `SELECT user_id AS "userId", resolved_at > $4::timestamptz AS "isNewer" FROM users
       WHERE app_id = $1 AND username_key = $3 AND user_id <> $2 AND erased_at IS NULL FOR UPDATE`,
      [owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt],
    );
  }

  /** Leaves a tombstone, with nothing on it but the id. True if there was none before. */
  async bury(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO users (app_id, user_id, erased_at) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (app_id, user_id) DO UPDATE
         SET erased_at = excluded.erased_at, username_key = NULL, resolved_at = NULL, data_key = NULL
         WHERE users.erased_at IS NULL
       RETURNING user_id`,
      [appId, userId],
    );
    return rows.length === 1;
  }
}
