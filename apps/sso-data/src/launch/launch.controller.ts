import type { IdempotentRequest } from '@countersign/persistence';
import {
  Access,
  answer,
  body,
  Caller,
  CallerContext,
  Idempotent,
  param,
  Returns,
} from '@countersign/service-kit';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { vendorId } from '../vendors/vendor.schemas.ts';
import { type LaunchRequest, launchRequest, launchView } from './launch.schemas.ts';
import { LaunchService } from './launch.service.ts';

@ApiTags('sso')
@Controller('/v1/sso/:vendor')
export class LaunchController {
  constructor(private readonly launches: LaunchService) {}

  @Post('launch')
  @HttpCode(200)
  @Access.apiKey('sso:write')
  @ApiOperation({
    operationId: 'launchSso',
    summary: 'Ask a vendor’s SSO handler where to send a user; what it answers about them is kept',
  })
  @Returns(200, launchView)
  async launch(
    @Caller() caller: CallerContext,
    @param('vendor', vendorId) vendor: string,
    @body(launchRequest) { username }: LaunchRequest,
    @Idempotent() request: IdempotentRequest | undefined,
  ) {
    return answer(await this.launches.launch(caller.application.appId, vendor, username, request));
  }
}
