import { Injectable } from '@nestjs/common';
import { randomToken, uuidv7 } from '@countersign/kernel';
import { consumeOnce, type Tx } from '@countersign/persistence';
import { sha256 } from '@countersign/security';

/** How long a begin ticket is good, in seconds, and never longer than its challenge. */
export const TICKET_TTL_SECONDS = 300;

export interface Ticket {
  challengeId: string;
  userId: string;
}

/** Begin tickets: the only way from a challenge to its flow. 256 bit, kept as a hash, single use. */
@Injectable()
export class TicketRepository {
  async issue(
    tx: Tx,
    challenge: { id: string; appId: string; userId: string; expiresAt: Date },
  ): Promise<{ beginTicket: string; expiresAt: string }> {
    const beginTicket = `cst_${randomToken(32)}`;
    const row = await tx.one<{ expiresAt: Date }>(
      `INSERT INTO begin_tickets (id, token_hash, app_id, challenge_id, user_id, expires_at)
       VALUES ($1, $2, $3, $4, $5, least($6::timestamptz, clock_timestamp() + make_interval(secs => $7)))
       RETURNING expires_at AS "expiresAt"`,
      [
        uuidv7(),
        sha256(beginTicket),
        challenge.appId,
        challenge.id,
        challenge.userId,
        challenge.expiresAt,
        TICKET_TTL_SECONDS,
      ],
    );
    return { beginTicket, expiresAt: row!.expiresAt.toISOString() };
  }

  /** Consumes a ticket; undefined if it is unknown, used, expired, or another application's. */
  async consume(tx: Tx, appId: string, beginTicket: string): Promise<Ticket | undefined> {
    const row = await consumeOnce<{ challenge_id: string; user_id: string }>(tx, {
      table: 'begin_tickets',
      bindings: { token_hash: sha256(beginTicket), app_id: appId },
      attempt: uuidv7(),
    });
    return row && { challengeId: row.challenge_id, userId: row.user_id };
  }

  /** Removes tickets that nobody can use any more; answers how many. */
  async purge(tx: Tx): Promise<number> {
    const rows = await tx.query(
      `DELETE FROM begin_tickets WHERE id IN (
         SELECT id FROM begin_tickets WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT 1000) RETURNING id`,
    );
    return rows.length;
  }
}
