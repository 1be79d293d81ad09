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

@ApiTags('signing-keys')
@Controller('v1/signing-keys')
export class SigningKeyController {
  constructor(private readonly signingKeys: SigningKeyService) {}

  /** The keys whose signatures hold: the one that signs, and those that are retiring. At most ten. */
  @Get()
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'listSigningKeys', summary: 'Signing keys' })
  @Returns(200, signingKeyList)
  async list(@Caller() caller: CallerContext) {
    return { items: await this.signingKeys.list(caller.application.appId) };
  }

  /** A new key signs from now on; tokens of the one before verify until it retires. */
  @Post('rotate')
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'rotateSigningKey', summary: 'Rotate the signing key' })
  @Returns(201, signingKeyAnswer)
  async rotate(
    @body(rotateRequest) { overlapSeconds }: RotateRequest,
    @Caller() caller: CallerContext,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.signingKeys.rotate(caller.application.appId, overlapSeconds, repeat));
  }
}
