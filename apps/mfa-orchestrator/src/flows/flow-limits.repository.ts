import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { FLOW_MAX_ATTEMPTS } from './flow.types.ts';

/** Counts what limits flows: open ones per client address and user, wrong proofs per flow. */
@Injectable()
export class FlowLimits {
  constructor(private readonly database: Database) {}

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

  /** Counts a try before it is looked at, committed by itself; undefined if the flow takes none any more. */
  async countAttempt(flowId: string): Promise<number | undefined> {
    const [row] = await this.database.query<{ attempts: number }>(
      `UPDATE flows SET attempts = attempts + 1
       WHERE id = $1 AND status = 'open' AND attempts < $2 AND expires_at > clock_timestamp() RETURNING attempts`,
      [flowId, FLOW_MAX_ATTEMPTS],
    );
    return row?.attempts;
  }

  /** Takes back a try that turned out right, or that nobody could look at. */
  async giveBack(flowId: string): Promise<void> {
    await this.database.query('UPDATE flows SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0', [
      flowId,
    ]);
  }
}
