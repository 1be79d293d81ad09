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
import { Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PolicyRepository } from './policy.repository.ts';
import {
  policyDefinition,
  policyList,
  policyName,
  policyRequest,
  policyView,
  type PolicyDefinition,
} from './policy.schemas.ts';
import { PolicyService } from './policy.service.ts';
import { replayRequest, type ReplayRequest, replayView } from './replay.schemas.ts';
import { ReplayService } from './replay.service.ts';

/** Policies: which proofs satisfy, which actions are offered, in what order. */
@ApiTags('Policies')
@Controller('v1/policies')
export class PolicyController {
  constructor(
    private readonly service: PolicyService,
    private readonly policies: PolicyRepository,
    private readonly replays: ReplayService,
  ) {}

  @Post()
  @Access.apiKey('patrol:write')
  @ApiOperation({
    operationId: 'writePolicy',
    summary: 'Write a policy; one of that name gets a new version',
  })
  @Returns(201, policyView)
  async create(
    @Caller() { application }: CallerContext,
    @body(policyRequest) { name, ...definition }: PolicyDefinition & { name: string },
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.service.create(application.appId, name, definition, idempotent));
  }

  @Post('replay')
  @Access.apiKey('patrol:read')
  @ApiOperation({
    operationId: 'replayPolicy',
    summary: 'Past flows under another version: who would newly be challenged, eased or locked out',
  })
  @Returns(200, replayView)
  async replay(@Caller() { application }: CallerContext, @body(replayRequest) request: ReplayRequest) {
    return answer(await this.replays.replay(application.appId, request));
  }

  @Get()
  @Access.apiKey('patrol:read')
  @ApiOperation({
    operationId: 'listPolicies',
    summary: 'The application’s policies, the built-in ones included',
  })
  @Returns(200, policyList)
  async list(@Caller() { application }: CallerContext) {
    return { items: await this.policies.list(application.appId) };
  }

  @Get(':name')
  @Access.apiKey('patrol:read')
  @ApiOperation({ operationId: 'showPolicy', summary: 'One policy' })
  @Returns(200, policyView)
  async show(@Caller() { application }: CallerContext, @param('name', policyName) name: string) {
    return answer(await this.service.find(application.appId, name));
  }

  @Put(':name')
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'replacePolicy', summary: 'Write a policy under this name' })
  @Returns(200, policyView)
  async replace(
    @Caller() { application }: CallerContext,
    @param('name', policyName) name: string,
    @body(policyDefinition) definition: PolicyDefinition,
  ) {
    return this.service.put(application.appId, name, definition);
  }

  @Delete(':name')
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'deletePolicy', summary: 'Remove a policy that nothing names' })
  @Returns(204)
  async delete(@Caller() { application }: CallerContext, @param('name', policyName) name: string) {
    answer(await this.service.delete(application, name));
  }
}
