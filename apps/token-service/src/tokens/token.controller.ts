import { issuedTokens, type IssueTokensRequest, issueTokensRequest } from '@countersign/contracts';
import { Access, answer, body, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokenService } from './token.service.ts';

@ApiTags('internal')
@Controller('internal/tokens')
export class TokenController {
  constructor(private readonly tokens: TokenService) {}

  /** Access and id token of a completed login flow; a repeat says the same. */
  @Post()
  @Access.service('mfa-orchestrator')
  @ApiOperation({ operationId: 'issueTokens', summary: 'Tokens of a completed flow' })
  @Returns(200, issuedTokens)
  async issue(@body(issueTokensRequest) request: IssueTokensRequest) {
    return answer(await this.tokens.issue(request));
  }
}
