import { refuse } from '@countersign/kernel';
import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { TokenCheck } from './token-check.ts';

const verifyRequest = z
  .object({ jwtAccess: z.string().min(1).max(16_384) })
  .meta({ id: 'TokenVerifyRequest' });

@ApiTags('tokens')
@Controller('fido2/v2/mgmt/token')
export class TokenVerifyController {
  constructor(private readonly tokens: TokenCheck) {}

  /** 204 if `jwtAccess` is an access token of the caller's application that holds now (L8); any valid key may ask. */
  @Post('verify')
  @Access.apiKey(undefined)
  @ApiOperation({ operationId: 'verifyAccessToken', summary: 'Whether an access token holds now' })
  @Returns(204)
  async verify(
    @body(verifyRequest) { jwtAccess }: z.infer<typeof verifyRequest>,
    @Caller() caller: CallerContext,
  ) {
    const checked = await this.tokens.check(caller.application.appId, jwtAccess, 'believed');
    // a grant is no access token: nobody has logged in for it
    if (checked?.verified.kind !== 'access') answer(refuse('token/jwt-invalid'));
  }
}
