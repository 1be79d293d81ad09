import { issuedTokens } from '@countersign/contracts';
import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { RefreshService } from './refresh.service.ts';

const refreshRequest = z
  .object({ refreshToken: z.string().min(1).max(16_384) })
  .meta({ id: 'RefreshRequest' });

@ApiTags('tokens')
@Controller('fido2/v2/auth')
export class RefreshController {
  constructor(private readonly tokens: RefreshService) {}

  /**
   * New tokens for a refresh token, which is used up by it: keep the new one. 401 where the login has ended, or the
   * token was used before; then its whole family has ended.
   */
  @Post('refresh')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'refreshTokens', summary: 'New tokens for a refresh token' })
  @Returns(200, issuedTokens.meta({ id: 'IssuedTokens' }))
  async refresh(
    @body(refreshRequest) { refreshToken }: z.infer<typeof refreshRequest>,
    @Caller() caller: CallerContext,
  ) {
    return answer(await this.tokens.refresh(caller.application, refreshToken));
  }
}
