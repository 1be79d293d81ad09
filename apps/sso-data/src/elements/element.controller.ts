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
  elementList,
  elementName,
  type ElementRequest,
  elementRequest,
  elementView,
} from './element.schemas.ts';
import { ElementService } from './element.service.ts';

@ApiTags('third-party-data-elements')
@Controller('/v1/third-party-data-elements')
export class ElementController {
  constructor(private readonly elements: ElementService) {}

  @Get()
  @Access.apiKey('sso:read')
  @ApiOperation({
    operationId: 'listThirdPartyDataElements',
    summary: 'The application’s data elements, by name',
  })
  @Returns(200, elementList)
  async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
    return answer(await this.elements.list(caller.application.appId, page));
  }

  @Get(':name')
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'getThirdPartyDataElement', summary: 'One data element' })
  @Returns(200, elementView)
  async get(@Caller() caller: CallerContext, @param('name', elementName) name: string) {
    return answer(await this.elements.get(caller.application.appId, name));
  }

  @Put(':name')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'putThirdPartyDataElement', summary: 'Define it, or replace its description' })
  @Returns(200, elementView)
  async put(
    @Caller() caller: CallerContext,
    @param('name', elementName) name: string,
    @body(elementRequest) request: ElementRequest,
  ) {
    return answer(await this.elements.put(caller.application.appId, name, request.description));
  }

  @Delete(':name')
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'deleteThirdPartyDataElement',
    summary: 'Remove it; refused while values or plans refer to it',
  })
  @Returns(204)
  async delete(@Caller() caller: CallerContext, @param('name', elementName) name: string): Promise<void> {
    answer(await this.elements.delete(caller.application.appId, name));
  }
}
