import { mfaContextView, type MfaContextView, usernameSchema } from '@countersign/contracts';
import { Access, param, query, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { type MfaContextQuery, mfaContextQuery } from './mfa-context.schemas.ts';
import { MfaContextService } from './mfa-context.service.ts';

@Controller('/internal/users/:username/mfa-context')
export class MfaContextController {
  constructor(private readonly context: MfaContextService) {}

  @Get()
  @Access.service('mfa-orchestrator')
  @Returns(200, mfaContextView)
  get(
    @param('username', usernameSchema) username: string,
    @query(mfaContextQuery) { appId, userId }: MfaContextQuery,
  ): Promise<MfaContextView> {
    return this.context.of(appId, username, userId);
  }
}
