import { SERVICES, verifiedKey, verifyKeyRequest } from '@countersign/contracts';
import { refuse } from '@countersign/kernel';
import { Access, answer, body, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ApiKeyRepository } from './api-key.repository.ts';
import { apiKeyVerifier } from './verifier.ts';

/** API keys for the other services. */
@ApiTags('internal')
@Controller('internal/api-keys')
export class ApiKeyInternalController {
  constructor(private readonly repository: ApiKeyRepository) {}

  /** Whose a presented key is; 404 for one that is unknown, revoked or past its end. */
  @Post('verify')
  @Access.service(...SERVICES)
  @ApiOperation({ operationId: 'verifyApiKey', summary: 'Whose an API key is' })
  @Returns(200, verifiedKey)
  async verify(@body(verifyKeyRequest) { key }: z.infer<typeof verifyKeyRequest>) {
    return (await apiKeyVerifier(this.repository)(key)) ?? answer(refuse('token/key-not-found'));
  }
}
