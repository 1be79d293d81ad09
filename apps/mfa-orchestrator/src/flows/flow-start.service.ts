import type { Application } from '@countersign/contracts';
import type { Decision } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { DecisionService } from '../decisions/decision.service.ts';
import type { Situation } from './facts.types.ts';
import { readableReasons } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowSessions } from './flow-session.ts';
import { flowEvent } from './flow.events.ts';
import { FlowRepository, type NewFlow } from './flow.repository.ts';
import type { Flow } from './flow.types.ts';
import { decideNext, type NextStep } from './next-action.decide.ts';
import { ProofRepository } from './proof.repository.ts';
import type { Proof } from './proof.types.ts';
import { orRefusal, refused } from './refused.ts';

/** A flow to be, and what is proved before its first step: an earlier login, a grant. */
export interface FreshFlow {
  flow: NewFlow;
  proofs: (Proof & { authenticatedAt?: Date })[];
}

/** A flow that began: what comes first in it, on what that was decided, and the session that takes the step. */
export interface StartedFlow {
  flow: Flow;
  session: string;
  next: NextStep;
  situation: Situation;
}

/** Puts a flow into the world: its row, what is proved already, what comes first. */
@Injectable()
export class FlowStart {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly proofs: ProofRepository,
    private readonly facts: FlowFacts,
    private readonly sessions: FlowSessions,
    private readonly decisions: DecisionService,
    private readonly outbox: Outbox,
  ) {}

  /** Begins what `make` describes, in its transaction; what it throws as Refused takes everything back. */
  async start(
    application: Application,
    make: (tx: Tx) => Promise<FreshFlow>,
  ): Promise<Decision<StartedFlow>> {
    await this.decisions.prepare(application.appId);
    return orRefusal(() =>
      this.database.transaction(async (tx) => this.insert(tx, application, await make(tx))),
    );
  }

  private async insert(tx: Tx, application: Application, fresh: FreshFlow): Promise<StartedFlow> {
    const flow = await this.flows.insert(tx, fresh.flow);
    for (const proof of fresh.proofs) await this.proofs.add(tx, flow.id, proof);
    const facts = await this.facts.gather(tx, flow, application);
    const next = decideNext(facts);
    if (next.kind !== 'next')
      throw refused('access/forbidden', { detail: readableReasons(flow, next.because).join(', ') });
    await this.outbox.append(tx, [flowEvent('mfa.flow.started.v1', flow)]);
    const session = this.sessions.of(flow.id, flow.version).token;
    return { flow, session, next, situation: { application, facts } };
  }
}
