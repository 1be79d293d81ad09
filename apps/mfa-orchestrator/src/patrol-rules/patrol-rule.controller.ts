import { refuse } from '@countersign/kernel';
import { Database, type IdempotentRequest } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  decodeCursor,
  encodeCursor,
  Idempotent,
  pageQuery,
  param,
  query,
  Returns,
  type PageQuery,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { resourceId } from '../resource-id.ts';
import { DryRunService } from './dry-run.service.ts';
import { PatrolRuleRepository } from './patrol-rule.repository.ts';
import {
  dryRunRequest,
  dryRunView,
  patrolRuleChange,
  patrolRuleDefinition,
  patrolRuleList,
  patrolRuleView,
  type DryRunRequest,
  type PatrolRuleChange,
  type PatrolRuleDefinition,
} from './patrol-rule.schemas.ts';
import { PatrolRuleService } from './patrol-rule.service.ts';

/** Patrol rules: which audit actions need MFA. */
@ApiTags('Patrol rules')
@Controller('v1/patrol-rules')
export class PatrolRuleController {
  constructor(
    private readonly service: PatrolRuleService,
    private readonly rules: PatrolRuleRepository,
    private readonly dryRuns: DryRunService,
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  @Post()
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'createPatrolRule', summary: 'Add a rule; in force when the answer arrives' })
  @Returns(201, patrolRuleView)
  async create(
    @Caller() { application }: CallerContext,
    @body(patrolRuleDefinition) definition: PatrolRuleDefinition,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.service.create(application.appId, definition, idempotent));
  }

  @Post('dry-run')
  @Access.apiKey('patrol:read')
  @ApiOperation({
    operationId: 'dryRunPatrolRules',
    summary: 'What would become of an audit action, and why',
  })
  @Returns(200, dryRunView)
  async dryRun(@Caller() { application }: CallerContext, @body(dryRunRequest) request: DryRunRequest) {
    return answer(await this.dryRuns.tryOut(application, request));
  }

  @Get()
  @Access.apiKey('patrol:read')
  @ApiOperation({ operationId: 'listPatrolRules', summary: 'The application’s rules' })
  @Returns(200, patrolRuleList)
  async list(
    @Caller() { application: { appId } }: CallerContext,
    @query(pageQuery) { limit, cursor }: PageQuery,
  ) {
    const after = answer(decodeCursor(this.vault, `patrol-rules:${appId}`, cursor, z.uuid()));
    const items = await this.rules.list(appId, limit + 1, after);
    const last = items.length > limit ? items[limit - 1] : undefined;
    return {
      items: items.slice(0, limit),
      next: last && encodeCursor(this.vault, `patrol-rules:${appId}`, last.id),
    };
  }

  @Get(':id')
  @Access.apiKey('patrol:read')
  @ApiOperation({ operationId: 'showPatrolRule', summary: 'One rule' })
  @Returns(200, patrolRuleView)
  async show(@Caller() { application }: CallerContext, @param('id', resourceId) id: string) {
    const rule = await this.rules.find(this.database, application.appId, id);
    return rule ?? answer(refuse('mfa/rule-not-found'));
  }

  @Put(':id')
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'replacePatrolRule', summary: 'Replace a rule' })
  @Returns(200, patrolRuleView)
  async replace(
    @Caller() { application }: CallerContext,
    @param('id', resourceId) id: string,
    @body(patrolRuleDefinition) definition: PatrolRuleDefinition,
  ) {
    return answer(await this.service.replace(application.appId, id, definition));
  }

  @Patch(':id')
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'changePatrolRule', summary: 'Change some members of a rule' })
  @Returns(200, patrolRuleView)
  async change(
    @Caller() { application }: CallerContext,
    @param('id', resourceId) id: string,
    @body(patrolRuleChange) change: PatrolRuleChange,
  ) {
    return answer(await this.service.change(application.appId, id, change));
  }

  @Delete(':id')
  @Access.apiKey('patrol:write')
  @ApiOperation({ operationId: 'deletePatrolRule', summary: 'Remove a rule; open challenges go on' })
  @Returns(204)
  async delete(@Caller() { application }: CallerContext, @param('id', resourceId) id: string) {
    if (!(await this.rules.delete(application.appId, id))) answer(refuse('mfa/rule-not-found'));
  }
}
