import { usernameSchema } from '@countersign/contracts';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  JsonText,
  type PageQuery,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { elementName } from '../elements/element.schemas.ts';
import { vendorId } from '../vendors/vendor.schemas.ts';
import { ThirdPartyDataDeletes } from './third-party-data-deletes.service.ts';
import {
  thirdPartyDataList,
  thirdPartyDataOfVendor,
  type ThirdPartyDataRequest,
  thirdPartyDataRequest,
} from './third-party-data.schemas.ts';
import { ThirdPartyDataService } from './third-party-data.service.ts';

@ApiTags('third-party-data')
@Controller('/v1/third-party-data/:username')
export class ThirdPartyDataController {
  constructor(
    private readonly data: ThirdPartyDataService,
    private readonly deletes: ThirdPartyDataDeletes,
  ) {}

  @Get()
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'listThirdPartyData', summary: 'A user’s values, by vendor and key' })
  @Returns(200, thirdPartyDataList)
  async list(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @query(pageQuery) page: PageQuery,
  ) {
    return answer(await this.data.list(caller.application.appId, username, page));
  }

  @Get(':vendor')
  @Access.apiKey('sso:read')
  @ApiOperation({
    operationId: 'getThirdPartyDataOfVendor',
    summary: 'A user’s values for one vendor, by key; none of them is no error',
  })
  @Returns(200, thirdPartyDataOfVendor)
  async ofVendor(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('vendor', vendorId) vendor: string,
  ) {
    return new JsonText(answer(await this.data.ofVendor(caller.application.appId, username, vendor)));
  }

  @Put(':vendor/:key')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'putThirdPartyData', summary: 'Set or replace a value of a defined element' })
  @Returns(204)
  async put(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('vendor', vendorId) vendor: string,
    @param('key', elementName) key: string,
    @body(thirdPartyDataRequest) { value }: ThirdPartyDataRequest,
  ): Promise<void> {
    answer(await this.data.put(caller.application.appId, username, { vendor, key }, value));
  }

  @Delete(':vendor/:key')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'deleteThirdPartyData', summary: 'Delete one value' })
  @Returns(204)
  async deleteOne(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('vendor', vendorId) vendor: string,
    @param('key', elementName) element: string,
  ): Promise<void> {
    answer(await this.deletes.byName(caller.application.appId, username, { vendor, element }));
  }

  @Delete(':vendor')
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'deleteThirdPartyDataOfVendor',
    summary: 'Delete a user’s values for one vendor; 404 where there were none',
  })
  @Returns(204)
  async deleteOfVendor(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
    @param('vendor', vendorId) vendor: string,
  ): Promise<void> {
    answer(await this.deletes.byName(caller.application.appId, username, { vendor }));
  }

  @Delete()
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'deleteAllThirdPartyData',
    summary:
      'Delete all of a user’s values, and the user’s key where nothing else is encrypted with it; 204 also where there were none',
  })
  @Returns(204)
  async deleteAll(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    await this.deletes.everything(caller.application.appId, username);
  }
}
