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
import { vendorId, vendorList, type VendorRequest, vendorRequest, vendorView } from './vendor.schemas.ts';
import { VendorService } from './vendor.service.ts';

@ApiTags('vendors')
@Controller('/v1/vendors')
export class VendorController {
  constructor(private readonly vendors: VendorService) {}

  @Get()
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'listVendors', summary: 'The application’s vendors, by id' })
  @Returns(200, vendorList)
  async list(@Caller() caller: CallerContext, @query(pageQuery) page: PageQuery) {
    return answer(await this.vendors.list(caller.application.appId, page));
  }

  @Get(':vendor')
  @Access.apiKey('sso:read')
  @ApiOperation({ operationId: 'getVendor', summary: 'One vendor' })
  @Returns(200, vendorView)
  async get(@Caller() caller: CallerContext, @param('vendor', vendorId) vendor: string) {
    return answer(await this.vendors.get(caller.application.appId, vendor));
  }

  @Put(':vendor')
  @Access.apiKey('sso:write')
  @ApiOperation({ operationId: 'putVendor', summary: 'Create it or replace it; its install plan stays' })
  @Returns(200, vendorView)
  async put(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
    @body(vendorRequest) request: VendorRequest,
  ) {
    return answer(await this.vendors.put(caller.application.appId, vendor, request));
  }

  @Delete(':vendor')
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'deleteVendor',
    summary: 'Remove it; refused while it has values or is installed',
  })
  @Returns(204)
  async delete(@Caller() caller: CallerContext, @param('vendor', vendorId) vendor: string): Promise<void> {
    answer(await this.vendors.delete(caller.application.appId, vendor));
  }
}
