import { usernameSchema } from '@countersign/contracts';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  type PageQuery,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  mfaRegistrationList,
  type MfaRegistrationRequest,
  mfaRegistrationRequest,
  mfaRegistrationView,
  providerName,
} from './mfa-registration.schemas.ts';
import { MfaRegistrationService } from './mfa-registration.service.ts';

@ApiTags('mfa-registrations')
@Controller('/v1/mfa-registrations/:username')
export class MfaRegistrationController {
  constructor(private readonly registrations: MfaRegistrationService) {}

  @Get()
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'listMfaRegistrations', summary: 'A user’s registrations, by provider' })
  @Returns(200, mfaRegistrationList)
  async list(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @query(pageQuery) page: PageQuery,
  ) {
    return answer(await this.registrations.list(caller.application.appId, username, page));
  }

  @Get(':provider')
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'getMfaRegistration', summary: 'What a provider knows the user by' })
  @Returns(200, mfaRegistrationView)
  async get(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('provider', providerName) provider: string,
  ) {
    return answer(await this.registrations.get(caller.application.appId, username, provider));
  }

  @Put(':provider')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'putMfaRegistration', summary: 'Set or replace it' })
  @Returns(204)
  async put(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('provider', providerName) provider: string,
    @body(mfaRegistrationRequest) request: MfaRegistrationRequest,
  ): Promise<void> {
    answer(await this.registrations.put(caller.application.appId, username, provider, request.value));
  }

  @Delete(':provider')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'deleteMfaRegistration', summary: 'Remove it' })
  @Returns(204)
  async delete(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('provider', providerName) provider: string,
  ): Promise<void> {
    answer(await this.registrations.delete(caller.application.appId, username, provider));
  }
}
