import { auditActionRequest, plainText, type AuditActionRequest } from '@countersign/contracts';
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
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { auditActionView, recordedView } from './audit-action.schemas.ts';
import { AuditActionService } from './audit-action.service.ts';

/** Audit actions over REST: for those who have no bus. */
@ApiTags('Audit actions')
@Controller('v1/audit-actions')
export class AuditActionController {
  constructor(private readonly actions: AuditActionService) {}

  @Post()
  @Access.apiKey('audit-action:write')
  @ApiOperation({
    operationId: 'recordAuditAction',
    summary: 'Say that a user did something that may need MFA',
  })
  @Returns(202, recordedView)
  async record(
    @Caller() { application }: CallerContext,
    @body(auditActionRequest) request: AuditActionRequest,
    @Idempotent() idempotent: IdempotentRequest | undefined,
  ) {
    return answer(await this.actions.record(application, request, idempotent));
  }

  @Get(':auditActionId')
  @Access.apiKey('audit-action:write')
  @ApiOperation({ operationId: 'showAuditAction', summary: 'Where an audit action stands' })
  @Returns(200, auditActionView)
  async show(
    @Caller() { application }: CallerContext,
    @param('auditActionId', plainText(256)) auditActionId: string,
  ) {
    const action = answer(await this.actions.show(application.appId, auditActionId));
    return {
      auditActionId: action.auditActionId,
      status: action.status,
      subjectDigest: action.subjectDigest,
      challengeId: action.challengeId ?? undefined,
      outcome: action.outcome ?? undefined,
      decision: action.decision ?? undefined,
      because: action.because ?? [],
    };
  }
}
