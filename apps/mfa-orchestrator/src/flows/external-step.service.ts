import { Injectable } from '@nestjs/common';
import { CrashPoints, type Decision } from '@countersign/kernel';
import type { StepAnswer } from './flow-answers.ts';
import type { SessionMatch } from './flow.repository.ts';
import type { Flow } from './flow.types.ts';
import { ProofStep, type Shown } from './proof-step.service.ts';
import { TokenServiceGateway } from './token-service.gateway.ts';

/** The step `external`: a token somebody vouched with is redeemed for exactly this flow, user and subject. */
@Injectable()
export class ExternalStepService {
  constructor(
    private readonly tokens: TokenServiceGateway,
    private readonly proofs: ProofStep,
    private readonly crashPoints: CrashPoints,
  ) {}

  /** Shows `token` in the flow. The redemption is idempotent on flow and version: a step cut short may be repeated. */
  verify(match: SessionMatch, step: string, token: string): Promise<Decision<StepAnswer>> {
    return this.proofs.show(match, step, {
      shows: 'external',
      guess: false,
      look: async (flow) => {
        const shown = await this.redeem(flow, token);
        if (shown) this.crashPoints.at('redeem-before-completion');
        return shown;
      },
    });
  }

  private async redeem(flow: Flow, token: string): Promise<Shown | undefined> {
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
    if (!redeemed) return undefined;
    const { tokenId, acr, amr, category, userId } = redeemed;
    return {
      proof: { factor: 'external', reference: tokenId, acr, amr, categories: [category] },
      ...(flow.userId === '' && { userId }),
    };
  }
}
