import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { FLOW_COLUMNS } from './flow.repository.ts';
import type { Flow, FlowStatus } from './flow.types.ts';

/** Completed logins of another service: it may remember a browser for them, for 90 days at most. */
const OF_REMEMBERED = `status = 'completed' AND context = 'login' AND challenge_id IS NOT NULL`;

/** The ends of flows: without a step, because time passes, or with their user. */
@Injectable()
export class FlowEnds {
  constructor(private readonly database: Database) {}

  /** Ends an open flow without a step; undefined if it was not open. */
  async endOpen(tx: Tx, id: string, status: FlowStatus): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `UPDATE flows f SET status = $2 WHERE id = $1 AND status = 'open' RETURNING ${FLOW_COLUMNS}`,
      [id, status],
    );
  }

  /** Ends a completing flow, once; undefined if somebody else was faster. */
  async endCompleting(tx: Tx, id: string, status: 'completed' | 'failed'): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `UPDATE flows f SET status = $2 WHERE id = $1 AND status = 'completing' RETURNING ${FLOW_COLUMNS}`,
      [id, status],
    );
  }

  async endOpenOfChallenge(tx: Tx, challengeId: string, except?: string): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'expired' WHERE challenge_id = $1 AND status = 'open'
         AND ($2::uuid IS NULL OR id <> $2) RETURNING ${FLOW_COLUMNS}`,
      [challengeId, except ?? null],
    );
  }

  /**
   * Ends the user's oldest open flow of a login that oidc-broker leads; undefined if there is none. Whoever leaves such a
   * login's page and comes again is not kept out by what they left open.
   */
  async endOldestOfLogins(tx: Tx, userId: string): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `UPDATE flows f SET status = 'expired' WHERE id = (
         SELECT id FROM flows WHERE user_id = $1 AND status = 'open' AND context = 'login' AND challenge_id IS NOT NULL
         ORDER BY started_at LIMIT 1 FOR UPDATE) RETURNING ${FLOW_COLUMNS}`,
      [userId],
    );
  }

  /** Ends what a user who is being deleted has begun, logins that are completing too: they must issue nothing more. */
  async endOpenOfUser(tx: Tx, userId: string): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'abandoned' WHERE user_id = $1 AND status IN ('open', 'completing')
       RETURNING ${FLOW_COLUMNS}`,
      [userId],
    );
  }

  async expireDue(tx: Tx, limit: number): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'expired' WHERE id IN (
         SELECT id FROM flows WHERE status = 'open' AND expires_at <= clock_timestamp()
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING ${FLOW_COLUMNS}`,
      [limit],
    );
  }

  /** Flows whose completion somebody began and did not end. In any order, so that none that cannot end starves others. */
  async stuckCompleting(limit: number): Promise<Flow[]> {
    return this.database.query<Flow>(
      `SELECT ${FLOW_COLUMNS} FROM flows f
       WHERE f.status = 'completing' AND f.stepped_at < clock_timestamp() - interval '2 seconds'
       ORDER BY random() LIMIT $1`,
      [limit],
    );
  }

  /**
   * Removes flows, with their proofs, that ended a month ago; answers how many. Decisions stay. Whether a login's flow still
   * counts is asked for as long as a browser may be remembered for it (ST-17).
   */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM flows WHERE id IN (SELECT id FROM flows
         WHERE expires_at < clock_timestamp() - interval '30 days' AND status NOT IN ('open', 'completing')
           AND NOT (${OF_REMEMBERED} AND expires_at > clock_timestamp() - interval '91 days')
         LIMIT 1000) RETURNING id`,
    );
    return rows.length;
  }
}
