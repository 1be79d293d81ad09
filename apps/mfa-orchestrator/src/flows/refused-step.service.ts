import { Injectable } from '@nestjs/common';
import { refuse, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import type { Shows } from '../policies/factors.ts';
import { factorRefused, flowEvent } from './flow.events.ts';
import { FlowEnds } from './flow-ends.repository.ts';
import { FlowRepository } from './flow.repository.ts';
import type { Flow } from './flow.types.ts';
import { TryCounts } from './try-counts.repository.ts';

/** What a refused proof does: it is told, counted, and ends what has taken all it takes. */
@Injectable()
export class RefusedSteps {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly flowEnds: FlowEnds,
    private readonly challenges: ChallengeRepository,
    private readonly tries: TryCounts,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly outbox: Outbox,
  ) {}

  /** Counts the wrong proof; the flow fails with its fifth, its challenge with the fifth over all its flows. */
  async refuse(flow: Flow, shown: Shows, reason: string): Promise<Decision<never>> {
    const { id, challengeId, appId } = flow;
    await this.decisions.prepare(appId);
    await this.database.transaction(async (tx) => {
      const events: NewEvent[] = [factorRefused(flow, shown, reason)];
      const challenge = challengeId === null ? undefined : await this.challenges.lockPending(tx, challengeId);
      const spent = await this.tries.wrong(tx, flow);
      await this.flows.markFailed(tx, id, shown);
      const failed = spent.flow ? await this.flowEnds.endOpen(tx, id, 'failed') : undefined;
      if (failed) events.push(flowEvent('mfa.flow.failed.v1', failed));
      if (challenge && spent.challenge) {
        const ending = { status: 'denied' as const, because: ['too-many-failures'] };
        events.push(...(await this.ends.end(tx, challenge, ending)).events);
      }
      await this.outbox.append(tx, events);
    });
    return refuse(shown === 'external' ? 'mfa/token-refused' : 'mfa/proof-refused');
  }
}
