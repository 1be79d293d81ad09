import { Injectable } from '@nestjs/common';
import type { Acr, Outcome } from '@countersign/contracts';
import type { NewEvent } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { tellable } from '../decisions/because.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { FlowEnds } from '../flows/flow-ends.repository.ts';
import { flowEvent } from '../flows/flow.events.ts';
import { challengeEvent } from './challenge.events.ts';
import { ChallengeRepository } from './challenge.repository.ts';
import { ChallengeStream } from './challenge-stream.repository.ts';
import type { Challenge, ChallengeEnd } from './challenge.types.ts';

const OUTCOMES: Record<ChallengeEnd, Outcome> = {
  completed: 'allowed',
  denied: 'denied',
  expired: 'expired',
  cancelled: 'cancelled',
};

/** How and by what a challenge ends. */
export interface Ending {
  status: ChallengeEnd;
  because: string[];
  /** The flow that completed it: it is not ended along with the others. */
  flowId?: string;
  amr?: string[];
  acr?: Acr;
  suspectedAttack?: boolean;
}

/** Ends challenges: the row, its one decision, its open flows and all events, in the caller's transaction. */
@Injectable()
export class ChallengeEnds {
  constructor(
    private readonly challenges: ChallengeRepository,
    private readonly flows: FlowEnds,
    private readonly decisions: DecisionService,
    private readonly stream: ChallengeStream,
  ) {}

  /** Ends `challenge`, which the transaction has locked as pending. Returns the decision and the events to append. */
  async end(tx: Tx, challenge: Challenge, ending: Ending): Promise<{ decision: string; events: NewEvent[] }> {
    await this.challenges.end(tx, challenge.id, ending.status);
    const { decision, event } = await this.decide(tx, challenge, ending);
    const ended = { ...challenge, status: ending.status, decision };
    const left = await this.flows.endOpenOfChallenge(tx, challenge.id, ending.flowId);
    const own = challengeEvent(ended, ending.suspectedAttack);
    await this.stream.append(tx, own.type, ended);
    return { decision, events: [own, ...left.map((flow) => flowEvent('mfa.flow.expired.v1', flow)), event] };
  }

  /** Writes the decision of a challenge that ends. */
  decide(tx: Tx, challenge: Challenge, ending: Ending) {
    return this.decisions.make(tx, {
      appId: challenge.appId,
      userId: challenge.userId,
      outcome: OUTCOMES[ending.status],
      subjectDigest: challenge.subjectDigest,
      because: tellable([...ending.because, ...challenge.because]),
      auditActionId: challenge.auditActionId ?? undefined,
      actionName: challenge.auditActionName ?? undefined,
      sessionId: challenge.sessionId ?? undefined,
      transactionIds: challenge.transactionIds ?? undefined,
      challengeId: challenge.id,
      flowId: ending.flowId,
      amr: ending.amr,
      acr: ending.acr,
    });
  }
}
