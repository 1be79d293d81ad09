import type { IdempotentRequest } from '@countersign/persistence';
import { Access, answer, body, Caller, CallerContext, Idempotent, Returns } from '@countersign/service-kit';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type RotateRequest,
  rotateRequest,
  signingKeyAnswer,
  signingKeyList,
} from './signing-key.schemas.ts';
import { SigningKeyService } from './signing-key.service.ts';

@ApiTags('oidc-keys')
@Controller('/v1/oidc-keys')
export class SigningKeyController {
  constructor(private readonly keys: SigningKeyService) {}

  /** The keys whose signatures hold: those that sign, and those that are retiring. At most ten of each algorithm. */
  @Get()
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'listOidcKeys', summary: 'Keys that sign id_tokens and access tokens' })
  @Returns(200, signingKeyList)
  async list(@Caller() caller: CallerContext) {
    return { items: await this.keys.list(caller.application.appId) };
  }

  /** A new key signs from now on; tokens of the one before verify until it retires. */
  @Post('rotate')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'rotateOidcKey', summary: 'Rotate a signing key' })
  @Returns(201, signingKeyAnswer)
  async rotate(
    @body(rotateRequest) request: RotateRequest,
    @Caller() caller: CallerContext,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.keys.rotate(caller.application.appId, request, repeat));
  }
}
