import { Access, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RevocationService } from './revocation.service.ts';

@ApiTags('tokens')
@Controller('fido2/v2/auth')
export class LogoutController {
  constructor(private readonly revocations: RevocationService) {}

  /** Ends the login of the token that asks: its access tokens and its refresh token hold no more. */
  @Post('logout')
  @Access.userToken()
  @ApiOperation({ operationId: 'logOut', summary: 'End the login of this access token' })
  @Returns(204)
  async logOut(@Caller() caller: CallerContext) {
    await this.revocations.logOut(caller.application.appId, caller.userToken);
  }
}
