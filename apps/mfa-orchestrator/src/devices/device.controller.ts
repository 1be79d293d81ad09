import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { discoverRequest, type DiscoverRequest } from './device-info.schemas.ts';
import { Devices } from './devices.ts';

/** LoginID's question of a wallet: does anybody here trust this device? */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa')
export class DeviceController {
  constructor(private readonly devices: Devices) {}

  @Post('discover')
  @Access.open({ application: true })
  @ApiOperation({
    operationId: 'mfaDiscover',
    summary: 'Is this device trusted for somebody? 204: yes, 404: not known',
  })
  @Returns(204)
  async discover(@Caller() { application }: CallerContext, @body(discoverRequest) request: DiscoverRequest) {
    const { appId, settings } = application;
    answer(await this.devices.discover(appId, request.trustItems, settings.deviceTrustSeconds));
  }
}
