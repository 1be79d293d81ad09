import { Access, answer, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Devices } from '../devices/devices.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { resourceId } from '../resource-id.ts';
import { deviceList, factorKind, factorList } from './factor.schemas.ts';
import { FactorService } from './factor.service.ts';

/** Users' own factors and devices, by their access token. */
@ApiTags('My account')
@Controller('v1/me')
export class MeController {
  constructor(
    private readonly factors: FactorService,
    private readonly devices: Devices,
  ) {}

  @Get('factors')
  @Access.userToken()
  @ApiOperation({ operationId: 'listMyFactors', summary: 'The user’s factors; addresses are masked' })
  @Returns(200, factorList)
  async listFactors(@Caller() caller: CallerContext) {
    return { items: await this.factors.list(caller.self.userId) };
  }

  @Delete('factors/:kind/:id')
  @Access.userToken()
  @ApiOperation({
    operationId: 'removeMyFactor',
    summary:
      'Remove a factor, after a recent login as strong as the strongest there is; every other login ends',
  })
  @Returns(204)
  async removeFactor(
    @Caller() caller: CallerContext,
    @param('kind', factorKind) kind: OwnFactor | undefined,
    @param('id', resourceId) id: string,
  ) {
    const token = caller.self;
    answer(await this.factors.remove(caller.application, token.userId, { kind, id }, token));
  }

  @Get('devices')
  @Access.userToken()
  @ApiOperation({ operationId: 'listMyDevices', summary: 'Devices that are trusted for the user' })
  @Returns(200, deviceList)
  async listDevices(@Caller() caller: CallerContext) {
    const seconds = caller.application.settings.deviceTrustSeconds;
    return { items: await this.devices.list(caller.self.userId, seconds) };
  }

  @Delete('devices/:id')
  @Access.userToken()
  @ApiOperation({ operationId: 'revokeMyDevice', summary: 'Trust a device no more' })
  @Returns(204)
  async revokeDevice(@Caller() caller: CallerContext, @param('id', resourceId) id: string) {
    const { userId } = caller.self;
    answer(await this.devices.revoke({ appId: caller.application.appId, userId }, id));
  }
}
