import { usernameSchema } from '@countersign/contracts';
import { Access, answer, body, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type SsoIdentifierRequest,
  ssoIdentifierRequest,
  ssoIdentifierView,
} from './sso-identifier.schemas.ts';
import { SsoIdentifierService } from './sso-identifier.service.ts';

@ApiTags('sso-identifiers')
@Controller('/v1/sso-identifiers/:username')
export class SsoIdentifierController {
  constructor(private readonly identifiers: SsoIdentifierService) {}

  @Get()
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'getSsoIdentifier', summary: 'What another system knows the user by' })
  @Returns(200, ssoIdentifierView)
  async get(@Caller() caller: CallerContext, @param('username', usernameSchema) username: string) {
    return answer(await this.identifiers.get(caller.application.appId, username));
  }

  @Put()
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'putSsoIdentifier', summary: 'Set or replace it' })
  @Returns(204)
  async put(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @body(ssoIdentifierRequest) request: SsoIdentifierRequest,
  ): Promise<void> {
    answer(await this.identifiers.put(caller.application.appId, username, request.value));
  }

  @Delete()
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'deleteSsoIdentifier', summary: 'Remove it' })
  @Returns(204)
  async delete(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    answer(await this.identifiers.delete(caller.application.appId, username));
  }
}
