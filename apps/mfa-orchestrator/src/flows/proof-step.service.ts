import { Injectable } from '@nestjs/common';
import { accept, refuse, type Decision } from '@countersign/kernel';
import type { NewEvent } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { LockNotices } from '../contacts/lock-notices.ts';
import { type Action, actionOf, type Shows } from '../policies/factors.ts';
import { FactorLocks } from './factor-locks.ts';
import type { Situation } from './facts.types.ts';
import type { StepAnswer } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import type { SessionMatch } from './flow.repository.ts';
import { FlowSteps } from './flow-steps.ts';
import type { AnswerExtra, Flow } from './flow.types.ts';
import { showable } from './next-action.decide.ts';
import type { Proof } from './proof.types.ts';
import { RefusedSteps } from './refused-step.service.ts';
import { TryCounts } from './try-counts.repository.ts';

/** A right proof, and what it does. */
export interface Shown {
  proof: Proof;
  /** Who it is, for a flow begun without a user's name. */
  userId?: string;
  /**
   * What the proof changes (a code is consumed, a passkey kept), first in the step's transaction. False: refused after
   * all, because somebody else was faster.
   */
  effect?: (tx: Tx, flow: Flow) => Promise<boolean>;
  events?: NewEvent[];
  /** More for the answer than tokens. */
  extra?: AnswerExtra;
}

/** One kind of step. */
export interface StepKind {
  /** What the step shows: it must be what the server offers now. */
  shows: Shows | readonly Shows[];
  /** Whether the proof can be guessed: then every try counts on the user's factor over all flows. */
  guess: boolean;
  /**
   * Looks at the proof, outside any transaction; `situation` is what the step was found to be offered on. Undefined:
   * wrong. Throws where nobody can tell: the try is given back.
   */
  look: (flow: Flow, situation: Situation) => Promise<Shown | undefined>;
  /**
   * Takes as long as `look` at a wrong proof and looks at none: instead of it where the factor is locked, so that time
   * does not tell who is (conceal), and the right proof among locked guesses is not told either.
   */
  lookAway?: (flow: Flow) => Promise<unknown>;
}

/** Every step that shows a factor goes through here: offered, counted, looked at, taken in or refused. */
@Injectable()
export class ProofStep {
  constructor(
    private readonly tries: TryCounts,
    private readonly locks: FactorLocks,
    private readonly facts: FlowFacts,
    private readonly steps: FlowSteps,
    private readonly refusals: RefusedSteps,
    private readonly lockNotices: LockNotices,
  ) {}

  /**
   * Shows a proof in the flow. The try is counted before the proof is looked at (invariant 3); a repeat of a step
   * whose answer was lost gets that answer; a refusal rotates nothing and carries no session. `known` is what this
   * request has gathered about the flow already.
   */
  async show(
    match: SessionMatch,
    step: string,
    kind: StepKind,
    known?: Situation,
  ): Promise<Decision<StepAnswer>> {
    const { flow } = match;
    if (!match.current) return this.steps.repeat(flow, step);
    const shows = [kind.shows].flat();
    const situation = known ?? (await this.facts.now(flow));
    const may = showable(situation.facts);
    const shown = shows.find((one) => may.includes(actionOf(one, flow.context) as Action));
    if (shown === undefined) return (await this.steps.overtaken(flow, step)) ?? refuse('access/forbidden');
    if (!(await this.tries.begin(flow))) return refuse('mfa/session-invalid');
    const counts = kind.guess && flow.userId !== '';
    if (counts && !(await this.locks.begin(shown, flow.userId))) {
      await kind.lookAway?.(flow);
      await this.locks.isLocked(shown, flow.userId); // as after a wrong proof
      return this.refusals.refuse(flow, shown, 'locked');
    }
    const giveBack = async () => {
      await this.tries.giveBack(flow);
      if (counts) await this.locks.giveBack(shown, flow.userId);
    };
    const proof = await kind.look(flow, situation).catch(async (error: unknown) => {
      await giveBack();
      throw error;
    });
    if (!proof) {
      if (counts) await this.lockNotices.afterWrong(flow, shown);
      return this.refusals.refuse(flow, shown, shown === 'external' ? 'token-refused' : 'wrong');
    }
    const answer = await this.steps.advance(flow, step, proof);
    // what was right and is not any more: somebody else consumed it in between
    if (!answer.ok && answer.refusal.code === 'mfa/proof-refused')
      return this.refusals.refuse(flow, shown, 'used');
    // a completed flow takes no more tries: only the user's factor counts on
    if (answer.ok && answer.value.kind === 'complete') {
      if (counts) await this.locks.giveBack(shown, flow.userId);
    } else await giveBack();
    return answer;
  }

  /** The flow, for requests that come before a proof: refused where one of `actions` is not what is offered now. */
  async offered(match: SessionMatch, ...actions: Action[]): Promise<Decision<Flow>> {
    if (!match.current) return refuse('mfa/session-invalid');
    const next = await this.facts.next(match.flow);
    const offered = next.kind === 'next' ? next.next : [];
    return actions.some((action) => offered.includes(action))
      ? accept(match.flow)
      : refuse('access/forbidden');
  }
}
