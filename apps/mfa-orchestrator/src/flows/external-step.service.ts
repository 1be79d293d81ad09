import { Injectable } from '@nestjs/common';
import { refuse, CrashPoints, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { CHALLENGE_MAX_FAILED_PROOFS } from '../challenges/challenge.types.ts';
import { ChallengeCounts } from '../challenges/challenge-counts.repository.ts';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { factorRefused, flowEvent } from './flow.events.ts';
import { FlowRepository, type SessionMatch } from './flow.repository.ts';
import { FLOW_MAX_ATTEMPTS, type Flow } from './flow.types.ts';
import type { Proof } from './next-action.decide.ts';
import type { StepAnswer } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowSteps } from './flow-steps.ts';
import { TokenServiceGateway } from './token-service.gateway.ts';

/** The step `external`: a token somebody vouched with is redeemed for exactly this flow, user and subject. */
@Injectable()
export class ExternalStepService {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly challenges: ChallengeRepository,
    private readonly limits: FlowLimits,
    private readonly counts: ChallengeCounts,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly tokens: TokenServiceGateway,
    private readonly facts: FlowFacts,
    private readonly steps: FlowSteps,
    private readonly outbox: Outbox,
    private readonly crashPoints: CrashPoints,
  ) {}

  /**
   * Shows `token` in the flow. The try is counted before the token is looked at; the redemption is idempotent on flow
   * and version, so a step cut short anywhere may be repeated. A refusal rotates nothing.
   */
  async verify(match: SessionMatch, step: string, token: string): Promise<Decision<StepAnswer>> {
    const { flow } = match;
    if (!match.current) return this.steps.repeat(flow, step);
    const next = await this.facts.next(this.database, flow);
    if (next.kind !== 'next' || !next.next.includes('external')) return refuse('access/forbidden');
    if (!(await this.count(flow))) {
      await this.giveUp(flow);
      return refuse('mfa/session-invalid');
    }
    const proof = await this.redeem(flow, token);
    if (!proof) return this.refused(flow);
    this.crashPoints.at('redeem-before-completion');
    return this.steps.advance(flow, step, proof);
  }

  private async count(flow: Flow): Promise<boolean> {
    if ((await this.limits.countAttempt(flow.id)) === undefined) return false;
    return flow.challengeId === null || (await this.counts.count(flow.challengeId)) !== undefined;
  }

  private async redeem(flow: Flow, token: string): Promise<Proof | undefined> {
    try {
      const redeemed = await this.tokens.redeem({
        appId: flow.appId,
        token,
        flowId: flow.id,
        userId: flow.userId,
        context: flow.context,
        flowStartedAt: flow.startedAtExact,
        challengeId: flow.challengeId ?? undefined,
        subjectDigest: flow.subjectDigest ?? undefined,
        attempt: `${flow.id}:${flow.version}`,
      });
      return (
        redeemed && { factor: 'external', reference: redeemed.tokenId, acr: redeemed.acr, amr: redeemed.amr }
      );
    } catch (error) {
      if (error instanceof ServiceUnavailable) await this.giveBack(flow);
      throw error;
    }
  }

  private async giveBack(flow: Flow): Promise<void> {
    await this.limits.giveBack(flow.id);
    if (flow.challengeId !== null) await this.counts.giveBack(flow.challengeId);
  }

  private async refused(flow: Flow): Promise<Decision<StepAnswer>> {
    await this.database.transaction((tx) =>
      this.outbox.append(tx, [factorRefused(flow, 'external', 'token-refused')]).then(() => undefined),
    );
    await this.giveUp(flow);
    return refuse('mfa/token-refused');
  }

  /** Ends what has taken all the tries it takes: the flow, and the challenge when all its flows together have. */
  private async giveUp({ id, challengeId, appId }: Flow): Promise<void> {
    await this.decisions.prepare(appId);
    await this.database.transaction(async (tx) => {
      const events: NewEvent[] = [];
      const challenge = challengeId === null ? undefined : await this.challenges.lockPending(tx, challengeId);
      const flow = await this.flows.find(id);
      if (flow?.status === 'open' && flow.attempts >= FLOW_MAX_ATTEMPTS) {
        const failed = await this.flows.endOpen(tx, id, 'failed');
        if (failed) events.push(flowEvent('mfa.flow.failed.v1', failed));
      }
      if (challenge && challenge.failedProofs >= CHALLENGE_MAX_FAILED_PROOFS) {
        const ended = await this.ends.end(tx, challenge, {
          status: 'denied',
          because: ['too-many-failures'],
        });
        events.push(...ended.events);
      }
      if (events.length > 0) await this.outbox.append(tx, events);
    });
  }
}
