import { appIdSchema } from '@countersign/contracts';
import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  apiKeyAnswer,
  apiKeyList,
  createApiKeyRequest,
  type CreateApiKeyRequest,
  createdApiKey,
} from './api-key.schemas.ts';
import { ApiKeyService } from './api-key.service.ts';

const listQuery = pageQuery.extend({ appId: appIdSchema.optional() });
const keyIdParam = z.string().min(1).max(128);

@ApiTags('api-keys')
@Controller('v1/api-keys')
export class ApiKeyController {
  constructor(private readonly keys: ApiKeyService) {}

  /** Makes a key with a subset of the caller's rights and shows it, once. `appId` of another application: platform only. */
  @Post()
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'createApiKey', summary: 'Make an API key' })
  @Returns(201, createdApiKey)
  async create(
    @body(createApiKeyRequest) request: CreateApiKeyRequest,
    @Caller() caller: CallerContext,
    @Idempotent() repeat: IdempotentRequest | undefined,
  ) {
    return answer(await this.keys.create(caller.key, request, repeat));
  }

  @Get()
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'API keys' })
  @Returns(200, apiKeyList)
  async list(@query(listQuery) page: z.infer<typeof listQuery>, @Caller() caller: CallerContext) {
    return answer(await this.keys.list(caller.key, page));
  }

  @Get(':keyId')
  @Access.apiKey('app:read')
  @ApiOperation({ operationId: 'getApiKey', summary: 'One API key' })
  @Returns(200, apiKeyAnswer)
  async read(@param('keyId', keyIdParam) keyId: string, @Caller() caller: CallerContext) {
    return answer(await this.keys.read(caller.key, keyId));
  }

  /** Revokes a key; a key may revoke itself. */
  @Delete(':keyId')
  @Access.apiKey('app:write')
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke an API key' })
  @Returns(204)
  async revoke(@param('keyId', keyIdParam) keyId: string, @Caller() caller: CallerContext) {
    answer(await this.keys.revoke(caller.key, keyId));
  }
}
