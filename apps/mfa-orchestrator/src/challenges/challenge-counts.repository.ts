import { Injectable } from '@nestjs/common';
import { Database } from '@countersign/persistence';
import { CHALLENGE_MAX_FAILED_PROOFS } from './challenge.types.ts';

/**
 * Counts wrong proofs of a challenge over all its flows. Each statement commits by itself, before the proof is looked
 * at, so that no failure later in the request takes the count back (invariant 3, OTP-03).
 */
@Injectable()
export class ChallengeCounts {
  constructor(private readonly database: Database) {}

  /** Counts one try; undefined if the challenge takes none any more. */
  async count(challengeId: string): Promise<number | undefined> {
    const [row] = await this.database.query<{ count: number }>(
      `UPDATE challenges SET failed_proofs = failed_proofs + 1
       WHERE id = $1 AND status = 'pending' AND failed_proofs < $2 RETURNING failed_proofs AS count`,
      [challengeId, CHALLENGE_MAX_FAILED_PROOFS],
    );
    return row?.count;
  }

  /** Takes back one try that turned out right, or that nobody could look at. */
  async giveBack(challengeId: string): Promise<void> {
    await this.database.query(
      'UPDATE challenges SET failed_proofs = failed_proofs - 1 WHERE id = $1 AND failed_proofs > 0',
      [challengeId],
    );
  }
}
