import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { uuidv7, type Clock } from '@countersign/kernel';
import { signJwt } from '@countersign/security';
import { DecisionKeys } from './decision-keys.ts';
import { DECISION_TTL_SECONDS } from './decision.types.ts';

/** `typ` of the signature over a payload that a user approved without a challenge: never taken for a decision. */
export const PAYLOAD_TYP = 'mfa-payload+jwt';

/** Signs the payload of a `transaction` flow that nobody demanded: `payloadSignature` of LoginID's Mfa. */
@Injectable()
export class PayloadSignatures {
  constructor(
    private readonly keys: DecisionKeys,
    @InjectClock() private readonly clock: Clock,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  async sign(approved: {
    appId: string;
    userId: string;
    flowId: string;
    payload: string;
    amr: string[];
    acr: string;
  }): Promise<string> {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    return signJwt(
      await this.keys.signingKey(approved.appId),
      { typ: PAYLOAD_TYP },
      {
        iss: `${this.config.publicUrl}/apps/${approved.appId}`,
        aud: approved.appId,
        sub: approved.userId,
        jti: uuidv7(this.clock),
        iat,
        exp: iat + DECISION_TTL_SECONDS,
        flow_id: approved.flowId,
        payload: approved.payload,
        amr: approved.amr,
        acr: approved.acr,
      },
    );
  }
}
