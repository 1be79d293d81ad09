import { Injectable } from '@nestjs/common';
import type { Tx } from '@countersign/persistence';

/** Counts what limits flows: open ones per client address and per user. */
@Injectable()
export class FlowLimits {
  /** Unproven open flows of an application from one client address; counted by one transaction at a time. */
  async unprovenOpen(tx: Tx, appId: string, clientAddress: string): Promise<number> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 7))', [`${appId} ${clientAddress}`]);
    const row = await tx.one<{ count: number }>(
      `SELECT count(*)::int AS count FROM flows
       WHERE app_id = $1 AND client_address = $2 AND status = 'open' AND NOT proven AND expires_at > clock_timestamp()`,
      [appId, clientAddress],
    );
    return row!.count;
  }

  /** Proven open flows of a user; the caller holds the user's row. */
  async provenOpen(tx: Tx, userId: string): Promise<number> {
    const row = await tx.one<{ count: number }>(
      `SELECT count(*)::int AS count FROM flows
       WHERE user_id = $1 AND status = 'open' AND proven AND expires_at > clock_timestamp()`,
      [userId],
    );
    return row!.count;
  }
}
