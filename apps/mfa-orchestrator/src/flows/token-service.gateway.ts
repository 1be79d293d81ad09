import { Injectable } from '@nestjs/common';
import {
  issuedTokens,
  redeemedToken,
  type IssuedTokens,
  type IssueTokensRequest,
  type RedeemedToken,
  type RedeemRequest,
} from '@countersign/contracts';
import { ServiceUnavailable, ServiceClient } from '@countersign/security';

/** What the orchestrator asks of token-service. Both calls may be repeated: they are idempotent on the step and the flow. */
@Injectable()
export class TokenServiceGateway {
  constructor(private readonly client: ServiceClient) {}

  /** Redeems an external token; undefined if it is refused. Throws ServiceUnavailable where the outcome is unknown. */
  async redeem(request: RedeemRequest): Promise<RedeemedToken | undefined> {
    const { status, body } = await this.client.call('token-service', {
      method: 'POST',
      path: '/internal/external-tokens/redeem',
      body: request,
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new ServiceUnavailable('token-service', `answered ${status} to a redemption`);
    return redeemedToken.parse(body);
  }

  /** Fetches the tokens of a completed login flow. */
  async issue(request: IssueTokensRequest): Promise<IssuedTokens> {
    const { status, body } = await this.client.call('token-service', {
      method: 'POST',
      path: '/internal/tokens',
      body: request,
    });
    if (status !== 200)
      throw new ServiceUnavailable('token-service', `answered ${status} to an issue of tokens`);
    return issuedTokens.parse(body);
  }
}
