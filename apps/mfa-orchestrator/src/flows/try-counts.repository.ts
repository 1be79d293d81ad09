import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { CHALLENGE_MAX_FAILURES } from '../challenges/challenge.types.ts';
import { FLOW_MAX_FAILURES, type Flow } from './flow.types.ts';

type Tried = Pick<Flow, 'id' | 'challengeId'>;

/**
 * Counts tries of a flow and of its challenge over all flows. A try is counted before the proof is looked at, in
 * statements that commit by themselves, so that nothing later in the request takes the count back (invariant 3,
 * OTP-03) and no more than the limit are ever looked at, however many come at once. Which of them were wrong is
 * counted apart: a right proof among many that arrive together must not find its flow failed.
 */
@Injectable()
export class TryCounts {
  constructor(private readonly database: Database) {}

  /** Counts one try; false if the flow or its challenge takes none any more. */
  async begin({ id, challengeId }: Tried): Promise<boolean> {
    const flow = await this.database.query(
      `UPDATE flows SET attempts = attempts + 1
       WHERE id = $1 AND status = 'open' AND attempts < $2 AND expires_at > clock_timestamp() RETURNING id`,
      [id, FLOW_MAX_FAILURES],
    );
    if (flow.length === 0 || challengeId === null) return flow.length > 0;
    const challenge = await this.database.query(
      `UPDATE challenges SET attempts = attempts + 1
       WHERE id = $1 AND status = 'pending' AND attempts < $2 RETURNING id`,
      [challengeId, CHALLENGE_MAX_FAILURES],
    );
    return challenge.length > 0;
  }

  /** Takes back a try that turned out right, or that nobody could look at. */
  async giveBack({ id, challengeId }: Tried): Promise<void> {
    await this.database.query('UPDATE flows SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0', [
      id,
    ]);
    if (challengeId === null) return;
    await this.database.query(
      'UPDATE challenges SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0',
      [challengeId],
    );
  }

  /** Counts a wrong try of a flow whose challenge, if any, `tx` has locked; says what has now failed for good. */
  async wrong(tx: Tx, { id, challengeId }: Tried): Promise<{ flow: boolean; challenge: boolean }> {
    const flow = await tx.one<{ failures: number }>(
      'UPDATE flows SET failures = failures + 1 WHERE id = $1 RETURNING failures',
      [id],
    );
    const challenge =
      challengeId === null
        ? undefined
        : await tx.one<{ failures: number }>(
            'UPDATE challenges SET failures = failures + 1 WHERE id = $1 RETURNING failures',
            [challengeId],
          );
    return {
      flow: (flow?.failures ?? 0) >= FLOW_MAX_FAILURES,
      challenge: (challenge?.failures ?? 0) >= CHALLENGE_MAX_FAILURES,
    };
  }
}
