import { Access, body, Caller, CallerContext, FormBody, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { IntrospectionService } from './introspection.service.ts';
import { introspection, type TokenRequest, tokenRequest } from './oauth.schemas.ts';
import { RevocationService } from './revocation.service.ts';

/** Tokens, as OAuth's resource servers ask about them. Errors are in OAuth's shape. */
@ApiTags('tokens')
@Controller('fido2/v2/mgmt/token')
export class OAuthController {
  constructor(
    private readonly introspections: IntrospectionService,
    private readonly revocations: RevocationService,
  ) {}

  /** Whether a token of the caller's application holds now, and what it says (RFC 7662); any valid key may ask. */
  @Post('introspect')
  @Access.apiKey(undefined)
  @FormBody()
  @ApiOperation({ operationId: 'introspectToken', summary: 'What a token says, if it holds now (RFC 7662)' })
  @Returns(200, introspection)
  introspect(@body(tokenRequest) { token }: TokenRequest, @Caller() caller: CallerContext) {
    return this.introspections.introspect(caller.application, token);
  }

  /**
   * Ends a token (RFC 7009). A refresh token takes its whole family with it, an access token only itself. 200 also for
   * what is no token: there is nothing more to end.
   */
  @Post('revoke')
  @Access.apiKey('auth:write')
  @FormBody()
  @ApiOperation({ operationId: 'revokeToken', summary: 'End a token (RFC 7009)' })
  @Returns(200)
  async revoke(@body(tokenRequest) { token }: TokenRequest, @Caller() caller: CallerContext) {
    await this.revocations.revoke(caller.application.appId, token);
  }
}
