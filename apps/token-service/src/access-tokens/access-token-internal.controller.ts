import { verifiedToken, verifyAccessTokenRequest } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Access, answer, body, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { TokenCheck } from './token-check.ts';

/** Tokens of users for the services whose routes they open, and for oidc-broker, which logs in by passkey with them. */
@ApiTags('internal')
@Controller('internal/access-tokens')
export class AccessTokenInternalController {
  constructor(private readonly tokens: TokenCheck) {}

  /** Whose a token is and what it may, as of now; 404 for whatever does not hold in that application. */
  @Post('verify')
  @Access.service('mfa-orchestrator', 'sso-data', 'oidc-broker')
  @ApiOperation({ operationId: 'verifyUserToken', summary: 'Whose a user’s token is' })
  @Returns(200, verifiedToken)
  async verify(@body(verifyAccessTokenRequest) { appId, token }: z.infer<typeof verifyAccessTokenRequest>) {
    const checked = await this.tokens.check(appId.toLowerCase(), token);
    return checked ? checked.verified : answer(refuse('token/access-token-refused'));
  }
}
