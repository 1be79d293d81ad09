import { Access, answer, body, Caller, CallerContext, param, query, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type DryRunQuery,
  dryRunQuery,
  type InstallRequest,
  installRequest,
  installView,
  type UninstallRequest,
  uninstallRequest,
  uninstallView,
} from './install.schemas.ts';
import { InstallService } from './install.service.ts';
import { UninstallService } from './uninstall.service.ts';
import { vendorId } from './vendor.schemas.ts';

@ApiTags('vendors')
@Controller('/v1/vendors/:vendor')
export class InstallController {
  constructor(
    private readonly installs: InstallService,
    private readonly uninstalls: UninstallService,
  ) {}

  @Post('install')
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'installVendor',
    summary: 'Make things as the plan says; again changes nothing',
  })
  @Returns(200, installView)
  async install(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
    @query(dryRunQuery) { dryRun }: DryRunQuery,
    @body(installRequest) plan: InstallRequest,
  ) {
    return answer(await this.installs.install(caller.application.appId, vendor, plan, dryRun));
  }

  @Post('uninstall')
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'uninstallVendor',
    summary: 'Delete the vendor’s values and plan, where exactly that loss is confirmed',
  })
  @Returns(200, uninstallView)
  async uninstall(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
    @query(dryRunQuery) { dryRun }: DryRunQuery,
    @body(uninstallRequest.optional()) request: UninstallRequest | undefined,
  ) {
    const { appId } = caller.application;
    const uninstalled = dryRun
      ? this.uninstalls.dryRun(appId, vendor)
      : this.uninstalls.uninstall(appId, vendor, request?.confirm);
    return answer(await uninstalled);
  }
}
