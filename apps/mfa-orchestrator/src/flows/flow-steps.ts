import type { Application } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { type Enrolment, ENROLMENTS, type Shows } from '../policies/factors.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { Facts, Situation } from './facts.types.ts';
import { completeAnswer, type StepAnswer } from './flow-answers.ts';
import { FlowCompletion } from './flow-completion.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { factorVerified, flowEvent } from './flow.events.ts';
import { FlowRepository, type FlowStep } from './flow.repository.ts';
import { issuesTokens, PROVEN_FLOWS_PER_USER, type Flow } from './flow.types.ts';
import { decideNext } from './next-action.decide.ts';
import { NextAnswers } from './next-answers.service.ts';
import { isNewcomer } from './registration-login.decide.ts';
import { orRefusal, refused } from './refused.ts';
import type { Shown } from './proof-step.service.ts';
import { ProofRepository } from './proof.repository.ts';

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
    private readonly answers: NextAnswers,
    private readonly decisions: DecisionService,
    private readonly completion: FlowCompletion,
    private readonly sessions: FlowSessions,
    private readonly outbox: Outbox,
  ) {}

  /** Takes a right proof in, in one transaction with what it changes and with whatever follows from it. */
  async advance(flow: Flow, step: string, shown: Shown): Promise<Decision<StepAnswer>> {
    await this.decisions.prepare(flow.appId);
    const application = await this.facts.applicationOf(flow);
    const moved = await orRefusal(() =>
      this.database.transaction((tx) => this.take(tx, flow, application, step, shown)),
    );
    if (moved.ok) return this.answer(moved.value.flow, { application, facts: moved.value.facts });
    if (moved.refusal.code !== 'mfa/session-invalid') return moved;
    return (await this.overtaken(flow, step)) ?? moved;
  }

  /**
   * The answer to a step that somebody else's took over in between: the same step gets the same answer, another one
   * none. Undefined if the flow is where it was.
   */
  async overtaken(flow: Flow, step: string): Promise<Decision<StepAnswer> | undefined> {
    const now = (await this.flows.find(flow.id))?.flow;
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
    application: Application,
    step: string,
    shown: Shown,
  ): Promise<{ flow: Flow; facts: Facts }> {
    const user = await this.users.lockById(tx, userId === '' ? (shown.userId ?? '') : userId);
    if (!user) throw refused('mfa/session-invalid');
    const challenge = challengeId === null ? undefined : await this.challenges.lockPending(tx, challengeId);
    const found = await this.flows.lockOpen(tx, id, version);
    if (!found || (challengeId !== null && !challenge)) throw refused('mfa/session-invalid');
    if (shown.userId !== undefined && shown.userId !== user.id) throw refused('mfa/proof-refused');
    const flow = { ...found, userId: user.id, proven: true };
    const { factor } = shown.proof;
    // under the user's lock: of two that would enrol at once, the second is decided on what the first has made
    if (isEnrolment(factor) && !isOffered(factor, await this.facts.gather(tx, flow, application)))
      throw refused('access/forbidden');
    if (shown.effect && !(await shown.effect(tx, flow))) throw refused('mfa/proof-refused');
    await this.proofs.add(tx, id, shown.proof);
    const facts = await this.facts.gather(tx, flow, application);
    const events = [factorVerified(flow, shown.proof.factor), ...(shown.events ?? [])];
    const moved: Omit<FlowStep, 'status'> = {
      sessionHash: this.sessions.of(id, version + 1).hash,
      step,
      proven: true,
      extra: shown.extra,
      recorded: recordOf(facts),
      user: found.userId === '' ? user : undefined,
    };
    if (isNewcomer(facts) && !(await this.facts.isLogin(tx, flow, application, facts)))
      throw refused('access/forbidden', { detail: 'a login asks for more than this registration shows' });
    const ended = await this.follow(tx, flow, facts, application, challenge);
    if (ended.step.status === 'open' && !found.proven) {
      const open = await this.limits.provenOpen(tx, user.id);
      if (open >= PROVEN_FLOWS_PER_USER) throw refused('mfa/flow-limit');
    }
    const saved = await this.flows.advance(tx, id, { ...moved, ...ended.step });
    await this.outbox.append(tx, [...events, ...ended.events]);
    return { flow: saved, facts };
  }

  /** What follows from the proofs: another step, failure, or the end with its decision or signature. */
  private async follow(
    tx: Tx,
    flow: Flow,
    facts: Facts,
    application: Application,
    challenge: Challenge | undefined,
  ): Promise<{ step: Pick<FlowStep, 'status' | 'resultSignature'>; events: NewEvent[] }> {
    const next = decideNext(facts);
    if (next.kind === 'next') return { step: { status: 'open' }, events: [] };
    if (next.kind === 'deny')
      return { step: { status: 'failed' }, events: [flowEvent('mfa.flow.failed.v1', flow)] };
    if (issuesTokens(flow)) return { step: { status: 'completing' }, events: [] };
    const done = await this.completion.decide(tx, flow, facts, next.because, application, challenge);
    return { step: { status: 'completed', resultSignature: done.signature }, events: done.events };
  }

  /** `known` is what the step's transaction was decided on, under the user's lock; a repeat is decided anew. */
  private async answer(flow: Flow, known?: Situation): Promise<Decision<StepAnswer>> {
    switch (flow.status) {
      case 'open': {
        const body = await this.answers.of(flow, known);
        return body ? accept({ kind: 'next', body }) : refuse('mfa/session-invalid');
      }
      case 'completing':
      case 'completed': {
        if (!issuesTokens(flow)) return accept({ kind: 'complete', body: completeAnswer(flow) });
        const tokens = await this.completion.finish(flow, known);
        if (!tokens) return refuse('mfa/session-invalid');
        return accept({ kind: 'complete', body: completeAnswer(flow, tokens) });
      }
      default:
        return refuse('mfa/session-invalid');
    }
  }
}

const isEnrolment = (shown: Shows): shown is Enrolment => ENROLMENTS.some((one) => one === shown);

function isOffered(action: Enrolment, facts: Facts): boolean {
  const next = decideNext(facts);
  return next.kind === 'next' && next.next.includes(action);
}

/** What a replay under another policy needs to know later. */
const recordOf = ({ enrolled, policies }: Facts) => ({
  enrolled: enrolled.map(({ factor, acr, usable }) => ({ factor, acr, usable })),
  policies: Object.fromEntries(policies.map(({ name, version }) => [name, version])),
});
