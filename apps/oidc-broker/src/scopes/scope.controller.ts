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
import { scopeList, scopeName, type ScopeRequest, scopeRequest, scopeView } from './scope.schemas.ts';
import { ScopeService } from './scope.service.ts';

@ApiTags('scopes')
@Controller('/v1/scopes')
export class ScopeController {
  constructor(private readonly scopes: ScopeService) {}

  @Get()
  @Access.apiKey('oidc:read')
  @ApiOperation({
    operationId: 'listScopes',
    summary: 'The application’s scopes, by name; the built-in ones too',
  })
  @Returns(200, scopeList)
  async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
    return answer(await this.scopes.list(caller.application.appId, page));
  }

  @Get(':name')
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'getScope', summary: 'One scope' })
  @Returns(200, scopeView)
  async get(@Caller() caller: CallerContext, @param('name', scopeName) name: string) {
    return answer(await this.scopes.get(caller.application.appId, name));
  }

  @Put(':name')
  @Access.apiKey('oidc:write')
  @ApiOperation({
    operationId: 'putScope',
    summary: 'Create or replace a scope; of a built-in one, set whether it needs MFA',
  })
  @Returns(200, scopeView)
  async put(
    @Caller() caller: CallerContext,
    @param('name', scopeName) name: string,
    @body(scopeRequest) request: ScopeRequest,
  ) {
    return answer(await this.scopes.put(caller.application.appId, name, request));
  }

  @Delete(':name')
  @Access.apiKey('oidc:write')
  @ApiOperation({ operationId: 'deleteScope', summary: 'Remove it; refused while a client may ask for it' })
  @Returns(204)
  async delete(@Caller() caller: CallerContext, @param('name', scopeName) name: string): Promise<void> {
    answer(await this.scopes.delete(caller.application.appId, name));
  }
}
