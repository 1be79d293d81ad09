import { redeemedToken, type RedeemRequest, redeemRequest } from '@countersign/contracts';
import { Access, answer, body, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RedemptionService } from './redemption.service.ts';

@ApiTags('internal')
@Controller('internal/external-tokens')
export class RedemptionController {
  constructor(private readonly redemption: RedemptionService) {}

  /** Redeems what a page handed in: once, for exactly what it is bound to; 404 for everything else. */
  @Post('redeem')
  @Access.service('mfa-orchestrator')
  @ApiOperation({ operationId: 'redeemExternalToken', summary: 'Redeem an external token, once' })
  @Returns(200, redeemedToken)
  async redeem(@body(redeemRequest) request: RedeemRequest) {
    return answer(await this.redemption.redeem(request));
  }
}
