import { Injectable } from '@nestjs/common';
import { refuse, CrashPoints, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { TryCounts } from './try-counts.repository.ts';
import { factorRefused, flowEvent } from './flow.events.ts';
import { FlowRepository, type SessionMatch } from './flow.repository.ts';
import type { Flow } from './flow.types.ts';
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
    private readonly tries: TryCounts,
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
    if (next.kind !== 'next' || !next.next.includes('external'))
      return (await this.steps.overtaken(flow, step)) ?? refuse('access/forbidden');
    if (!(await this.tries.begin(flow))) return refuse('mfa/session-invalid');
    const proof = await this.redeem(flow, token);
    if (!proof) return this.refused(flow);
    this.crashPoints.at('redeem-before-completion');
    const answer = await this.steps.advance(flow, step, proof);
    if (answer.ok && answer.value.kind === 'next') await this.tries.giveBack(flow);
    return answer;
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
      if (error instanceof ServiceUnavailable) await this.tries.giveBack(flow);
      throw error;
    }
  }

  /** Counts the wrong token and ends what has taken all it takes: the flow, and the challenge over all its flows. */
  private async refused(flow: Flow): Promise<Decision<StepAnswer>> {
    const { id, challengeId, appId } = flow;
    await this.decisions.prepare(appId);
    await this.database.transaction(async (tx) => {
      const events: NewEvent[] = [factorRefused(flow, 'external', 'token-refused')];
      const challenge = challengeId === null ? undefined : await this.challenges.lockPending(tx, challengeId);
      const spent = await this.tries.wrong(tx, flow);
      const failed = spent.flow ? await this.flows.endOpen(tx, id, 'failed') : undefined;
      if (failed) events.push(flowEvent('mfa.flow.failed.v1', failed));
      if (challenge && spent.challenge) {
        const ended = await this.ends.end(tx, challenge, {
          status: 'denied',
          because: ['too-many-failures'],
        });
        events.push(...ended.events);
      }
      await this.outbox.append(tx, events);
    });
    return refuse('mfa/token-refused');
  }
}
