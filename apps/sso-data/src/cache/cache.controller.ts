import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  param,
  Returns,
} from '@countersign/service-kit';
import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  invalidateRequest,
  type InvalidateRequest,
  invalidationAccepted,
  invalidationId,
  invalidationView,
} from './cache.schemas.ts';
import { CacheService } from './cache.service.ts';

@ApiTags('cache')
@Controller('/v1/cache')
export class CacheController {
  constructor(private readonly cache: CacheService) {}

  @Post('invalidate')
  @HttpCode(202)
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'invalidateCache',
    summary: 'Have every instance read a table of the application anew; answered when that is on its way',
  })
  @Returns(202, invalidationAccepted)
  async invalidate(
    @Caller() caller: CallerContext,
    @body(invalidateRequest) { table }: InvalidateRequest,
    @Idempotent() request: IdempotentRequest | undefined,
  ) {
    return answer(await this.cache.invalidate(caller.application.appId, table, request));
  }

  @Get('invalidations/:id')
  @Access.apiKey('sso:read')
  @ApiOperation({
    operationId: 'getCacheInvalidation',
    summary: 'Which instances have applied it; kept for a day',
  })
  @Returns(200, invalidationView)
  async get(@Caller() caller: CallerContext, @param('id', invalidationId) id: string) {
    return answer(await this.cache.get(caller.application.appId, id));
  }
}
