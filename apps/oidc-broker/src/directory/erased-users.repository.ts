import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

const LOCK = (mode: '' | '_shared') =>
  `SELECT pg_advisory_xact_lock${mode}(hashtextextended('user:' || $1 || ':' || $2, 0))`;

/** Tombstones: users whom mfa-orchestrator deleted. Their ids never come back. */
@Injectable()
export class ErasedUsers {
  /**
   * Keeps the user's erasure out until the transaction ends; false if they are erased already. For every write of
   * something new about a user: one that comes late would stay for good. Before any row is locked.
   */
  async hold(tx: Tx, appId: string, userId: string): Promise<boolean> {
    await tx.query(LOCK('_shared'), [appId, userId]);
    const rows = await tx.query('SELECT 1 FROM erased_users WHERE app_id = $1 AND user_id = $2', [
      appId,
      userId,
    ]);
    return rows.length === 0;
  }

  /** Waits for writes that are under way, and leaves a tombstone for later ones. */
  async bury(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query(LOCK(''), [appId, userId]);
    await tx.query('INSERT INTO erased_users (app_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      appId,
      userId,
    ]);
  }
}
