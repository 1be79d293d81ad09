import { Injectable } from '@nestjs/common';
import type { IssuedTokens } from '@countersign/contracts';
import { CrashPoints } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { UserRepository } from '../users/user.repository.ts';
import { FlowFacts } from './flow-facts.ts';
import { flowEvent } from './flow.events.ts';
import { FlowRepository } from './flow.repository.ts';
import type { Flow } from './flow.types.ts';
import { assurance, decideNext } from './next-action.decide.ts';
import { TokenServiceGateway } from './token-service.gateway.ts';

/**
 * Between *completing* and *completed* of a login: tokens are fetched, idempotent on the flow, and the end is said.
 * A crash anywhere in between is taken up again by the timer, or by the client's repeat, whichever comes first.
 */
@Injectable()
export class FlowCompletion {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly users: UserRepository,
    private readonly facts: FlowFacts,
    private readonly tokens: TokenServiceGateway,
    private readonly outbox: Outbox,
    private readonly crashPoints: CrashPoints,
  ) {}

  /**
   * Issues the tokens and ends the flow; undefined if today's policy no longer lets it through (invariant 4), or the
   * user is gone.
   */
  async finish(flow: Flow): Promise<IssuedTokens | undefined> {
    const facts = await this.facts.gather(this.database, flow);
    if (decideNext(facts).kind !== 'complete') {
      await this.fail(flow);
      return undefined;
    }
    this.crashPoints.at('completing-before-token-fetch');
    const shownAt = Math.max(...facts.proofs.map((proof) => proof.shownAt.getTime()));
    const issued = await this.tokens.issue({
      appId: flow.appId,
      flowId: flow.id,
      userId: flow.userId,
      username: flow.username,
      ...assurance(facts.proofs),
      authTime: Math.floor(shownAt / 1000),
    });
    this.crashPoints.at('token-fetch-before-completed');
    const userIsThere = await this.database.transaction((tx) => this.complete(tx, flow));
    this.crashPoints.at('completed-before-answer');
    return userIsThere ? issued : undefined;
  }

  /** Takes up flows that a crash left completing; answers how many. Run by a timer on every instance. */
  async resume(limit = 20): Promise<number> {
    const stuck = await this.flows.stuckCompleting(limit);
    const results = await Promise.allSettled(stuck.map((flow) => this.finish(flow)));
    const failed = results.find((result) => result.status === 'rejected');
    // one flow that cannot be finished must not hold up the others, nor be tried in a hot loop
    if (failed) throw failed.reason;
    return stuck.length;
  }

  /** False if the user was deleted while the tokens were fetched: they are handed to nobody. */
  private async complete(tx: Tx, flow: Flow): Promise<boolean> {
    if (!(await this.users.lock(tx, flow.userId))) return false;
    const completed = await this.flows.endCompleting(tx, flow.id, 'completed');
    if (!completed) return true;
    await this.users.markRegistered(tx, flow.userId);
    await this.outbox.append(tx, [flowEvent('mfa.flow.completed.v1', completed)]);
    return true;
  }

  private async fail(flow: Flow): Promise<void> {
    await this.database.transaction(async (tx) => {
      const failed = await this.flows.endCompleting(tx, flow.id, 'failed');
      if (failed) await this.outbox.append(tx, [flowEvent('mfa.flow.failed.v1', failed)]);
    });
  }
}
