import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { grantAnswer, type GrantRequest, grantRequest } from './external-token.schemas.ts';
import { ExternalTokenService } from './external-token.service.ts';

@ApiTags('external-tokens')
@Controller('fido2/v2/mgmt/grant')
export class GrantController {
  constructor(private readonly tokens: ExternalTokenService) {}

  /**
   * A token that says: this user has been verified by the application. Naming a flow or a challenge is better; with
   * neither it is good for login flows of that user that are open now (L4).
   */
  @Post('external-auth')
  @Access.apiKey('external:verify')
  @ApiOperation({ operationId: 'grantExternalAuth', summary: 'A token that vouches for a user' })
  @Returns(200, grantAnswer)
  async grant(@body(grantRequest) request: GrantRequest, @Caller() caller: CallerContext) {
    return answer(await this.tokens.grant(caller, request));
  }
}
