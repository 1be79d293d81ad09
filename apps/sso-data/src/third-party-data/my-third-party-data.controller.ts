import {
  Access,
  answer,
  Caller,
  CallerContext,
  type PageQuery,
  pageQuery,
  param,
  query,
  Returns,
} from '@countersign/service-kit';
import { Controller, Delete, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { elementName } from '../elements/element.schemas.ts';
import { vendorId } from '../vendors/vendor.schemas.ts';
import { MyThirdPartyDataService } from './my-third-party-data.service.ts';
import { ThirdPartyDataDeletes } from './third-party-data-deletes.service.ts';
import type { DataOwner } from './third-party-data.repository.ts';
import { myThirdPartyDataList } from './third-party-data.schemas.ts';

const ownerOf = ({ application: { appId }, self: { userId } }: CallerContext): DataOwner => ({
  appId,
  userId,
});

/** What vendors know users by, for users themselves, by their access token. */
@ApiTags('My account')
@Controller('/v1/me/third-party-data')
export class MyThirdPartyDataController {
  constructor(
    private readonly mine: MyThirdPartyDataService,
    private readonly deletes: ThirdPartyDataDeletes,
  ) {}

  @Get()
  @Access.userToken()
  @ApiOperation({ operationId: 'listMyThirdPartyData', summary: 'What is kept about the user for vendors' })
  @Returns(200, myThirdPartyDataList)
  async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
    return answer(await this.mine.list(ownerOf(caller), page));
  }

  @Delete(':vendor')
  @Access.userToken()
  @ApiOperation({
    operationId: 'deleteMyThirdPartyDataOfVendor',
    summary: 'Delete all of it for a vendor, who may see a new user next time; 404 where there is none',
  })
  @Returns(204)
  async deleteOfVendor(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
  ): Promise<void> {
    answer(await this.deletes.byUser(ownerOf(caller), { vendor }));
  }

  @Delete(':vendor/:key')
  @Access.userToken()
  @ApiOperation({ operationId: 'deleteMyThirdPartyData', summary: 'Delete one value' })
  @Returns(204)
  async deleteOne(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
    @param('key', elementName) element: string,
  ): Promise<void> {
    answer(await this.deletes.byUser(ownerOf(caller), { vendor, element }));
  }
}
