import { Injectable } from '@nestjs/common';
import { accept, assertNever, refuse, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { PayloadSignatures } from '../decisions/payload-signature.ts';
import { UserRepository } from '../users/user.repository.ts';
import { completeAnswer, nextAnswer, type StepAnswer } from './flow-answers.ts';
import { FlowCompletion } from './flow-completion.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { factorVerified, flowEvent } from './flow.events.ts';
import { FlowRepository } from './flow.repository.ts';
import { ProofRepository } from './proof.repository.ts';
import { PROVEN_FLOWS_PER_USER, type Flow } from './flow.types.ts';
import { assurance, decideNext, type Proof } from './next-action.decide.ts';

/** Takes a proof into a flow and answers what comes next; answers a repeated step as it was answered before. */
@Injectable()
export class FlowSteps {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly proofs: ProofRepository,
    private readonly challenges: ChallengeRepository,
    private readonly users: UserRepository,
    private readonly limits: FlowLimits,
    private readonly facts: FlowFacts,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly signatures: PayloadSignatures,
    private readonly completion: FlowCompletion,
    private readonly sessions: FlowSessions,
    private readonly outbox: Outbox,
  ) {}

  /** Takes `proof` in, in one transaction with whatever follows from it. */
  async advance(flow: Flow, step: string, proof: Proof): Promise<Decision<StepAnswer>> {
    await this.decisions.prepare(flow.appId);
    const moved = await this.database.transaction((tx) => this.take(tx, flow, step, proof));
    if (moved.ok) return this.answer(moved.value);
    if (moved.refusal.code !== 'mfa/session-invalid') return moved;
    return (await this.overtaken(flow, step)) ?? moved;
  }

  /**
   * The answer to a step that somebody else's took over in between: the same step gets the same answer, another one
   * none. Undefined if the flow is where it was.
   */
  async overtaken(flow: Flow, step: string): Promise<Decision<StepAnswer> | undefined> {
    const now = await this.flows.find(flow.id);
    if (!now || now.version === flow.version) return undefined;
    return now.version === flow.version + 1 ? this.repeat(now, step) : refuse('mfa/session-invalid');
  }

  /** Answers a step that was taken before and whose answer was lost. Anything else with that session is refused. */
  async repeat(flow: Flow, step: string): Promise<Decision<StepAnswer>> {
    return flow.lastStep === step ? this.answer(flow) : refuse('mfa/session-invalid');
  }

  private async take(
    tx: Tx,
    { id, userId, challengeId, version }: Flow,
    step: string,
    proof: Proof,
  ): Promise<Decision<Flow>> {
    if (!(await this.users.lock(tx, userId))) return refuse('mfa/session-invalid');
    const challenge = challengeId === null ? undefined : await this.challenges.lockPending(tx, challengeId);
    const flow = await this.flows.lockOpen(tx, id, version);
    if (!flow || (challengeId !== null && !challenge)) return refuse('mfa/session-invalid');
    await this.proofs.add(tx, id, proof);
    const facts = await this.facts.gather(tx, flow);
    const next = decideNext(facts);
    const events: NewEvent[] = [factorVerified(flow, proof.factor)];
    const moved = { sessionHash: this.sessions.of(id, version + 1).hash, step, proven: true };
    const save = async (status: Flow['status'], resultSignature?: string) => {
      const saved = await this.flows.advance(tx, id, { ...moved, status, resultSignature });
      await this.outbox.append(tx, events);
      return accept(saved);
    };
    switch (next.kind) {
      case 'next':
        if (!flow.proven && (await this.limits.provenOpen(tx, userId)) >= PROVEN_FLOWS_PER_USER) {
          return refuse('mfa/flow-limit');
        }
        return save('open');
      case 'deny':
        events.push(flowEvent('mfa.flow.failed.v1', flow));
        return save('failed');
      case 'complete': {
        if (flow.context === 'login') return save('completing');
        const shown = assurance(facts.proofs);
        events.push(flowEvent('mfa.flow.completed.v1', flow));
        await this.users.markRegistered(tx, userId);
        if (!challenge) return save('completed', await this.signPayload(flow, shown));
        const ending = { status: 'completed' as const, because: next.because, flowId: id, ...shown };
        const ended = await this.ends.end(tx, challenge, ending);
        events.push(...ended.events);
        return save('completed', ended.decision);
      }
      default:
        return assertNever(next);
    }
  }

  private signPayload(flow: Flow, shown: { acr: string; amr: string[] }): Promise<string> {
    const { appId, userId, id: flowId } = flow;
    return this.signatures.sign({ appId, userId, flowId, payload: flow.payload ?? '', ...shown });
  }

  private async answer(flow: Flow): Promise<Decision<StepAnswer>> {
    switch (flow.status) {
      case 'open': {
        const next = await this.facts.next(this.database, flow);
        if (next.kind !== 'next') return refuse('mfa/session-invalid');
        const session = this.sessions.of(flow.id, flow.version).token;
        return accept({ kind: 'next', body: nextAnswer(flow, session, next) });
      }
      case 'completing':
      case 'completed': {
        if (flow.context !== 'login') return accept({ kind: 'complete', body: completeAnswer(flow) });
        const tokens = await this.completion.finish(flow);
        if (!tokens) return refuse('mfa/session-invalid');
        return accept({ kind: 'complete', body: completeAnswer(flow, tokens) });
      }
      default:
        return refuse('mfa/session-invalid');
    }
  }
}
