import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ChallengeEnds } from './challenge-end.ts';
import { ChallengeRepository } from './challenge.repository.ts';

/** Expires challenges whose time is up: silence never means yes, so this is a decision too. */
@Injectable()
export class ChallengeExpiry {
  constructor(
    private readonly database: Database,
    private readonly challenges: ChallengeRepository,
    private readonly ends: ChallengeEnds,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Expires what is due; answers how many. Run by a timer on every instance. Each has a transaction of its own, so that
   * no challenge holds up those of others; throws the first failure after having tried all.
   */
  async expireDue(limit = 50): Promise<number> {
    let done = 0;
    let failure: unknown;
    for (const id of await this.challenges.due(limit)) {
      try {
        done += await this.expire(id);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
    return done;
  }

  private expire(id: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const due = await this.challenges.lockDue(tx, id);
      if (!due) return 0;
      const { events } = await this.ends.end(tx, due, { status: 'expired', because: ['time-is-up'] });
      await this.outbox.append(tx, events);
      return 1;
    });
  }
}
