import { mfaContextView, type MfaContextView, usernameSchema } from '@countersign/contracts';
import { Access, param, query, Returns } from '@countersign/service-kit';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type MfaContextQuery, mfaContextQuery } from './mfa-context.schemas.ts';
import { MfaContextService } from './mfa-context.service.ts';

@ApiTags('internal')
@Controller('/internal/users/:username/mfa-context')
export class MfaContextController {
  constructor(private readonly context: MfaContextService) {}

  @Get()
  @Access.service('mfa-orchestrator')
  @ApiOperation({ operationId: 'getMfaContext', summary: 'What mfaInfo shows of a user' })
  @Returns(200, mfaContextView)
  get(
    @param('username', usernameSchema) username: string,
    @query(mfaContextQuery) { appId, userId }: MfaContextQuery,
  ): Promise<MfaContextView> {
    return this.context.of(appId, username, userId);
  }
}
