import type { RedeemedToken, RedeemRequest } from '@countersign/contracts';
import { accept, CrashPoints, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import {
  RedemptionRepository,
  UNKNOWN_KEY_ID,
  UNKNOWN_TOKEN_ID,
  UNKNOWN_USER_ID,
} from './redemption.repository.ts';
import { refusalReason } from './refusal.decide.ts';

/** Redeems external tokens: once, for exactly what they are bound to. */
@Injectable()
export class RedemptionService {
  constructor(
    private readonly repository: RedemptionRepository,
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly crashPoints: CrashPoints,
  ) {}

  /**
   * Redeems the presented token. Unknown, expired, used, replaced and foreign tokens get one and the same refusal,
   * after the same statements; only the event tells them apart.
   */
  async redeem(request: RedeemRequest): Promise<Decision<RedeemedToken, 'token/external-token-refused'>> {
    const tokenHash = sha256(request.token);
    const { appId, flowId } = request;
    const [said] = this.outbox.prepare([
      {
        type: 'token.external-token.redeemed.v1',
        appId,
        subject: UNKNOWN_TOKEN_ID,
        key: UNKNOWN_TOKEN_ID,
        data: {
          tokenId: UNKNOWN_TOKEN_ID,
          keyId: UNKNOWN_KEY_ID,
          userId: UNKNOWN_USER_ID,
          flowId,
          ...(request.challengeId !== undefined && { challengeId: request.challengeId }),
        },
      },
    ]);
    const redeemed = await this.repository.redeem(tokenHash, request, said!);
    if (!redeemed) {
      await this.sayRefused(tokenHash, request);
      return refuse('token/external-token-refused');
    }
    this.outbox.wake();
    this.crashPoints.at('redeem-before-answer');
    return accept(redeemed);
  }

  private async sayRefused(tokenHash: string, request: RedeemRequest): Promise<void> {
    const reason = refusalReason(await this.repository.describe(tokenHash, request), request);
    const { appId, userId, flowId } = request;
    await this.database.transaction((tx) =>
      this.outbox.append(tx, [
        {
          type: 'token.external-token.refused.v1',
          appId,
          subject: flowId,
          key: flowId,
          data: { userId, flowId, reason },
        },
      ]),
    );
  }
}
