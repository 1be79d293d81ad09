import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { grantTokenAnswer, type GrantTokenRequest, grantTokenRequest } from './grant-token.schemas.ts';
import { GrantTokenService } from './grant-token.service.ts';

@ApiTags('tokens')
@Controller('fido2/v2/mgmt/grant')
export class GrantTokenController {
  constructor(private readonly grants: GrantTokenService) {}

  /** A token with which a user's page may do, for 60 seconds, what its `grants` say (contracts §1.10). */
  @Post()
  @Access.apiKey(undefined)
  @ApiOperation({ operationId: 'grantToken', summary: 'An authorization token for a user' })
  @Returns(200, grantTokenAnswer)
  async grant(@body(grantTokenRequest) request: GrantTokenRequest, @Caller() caller: CallerContext) {
    return answer(await this.grants.grant(caller, request));
  }
}
