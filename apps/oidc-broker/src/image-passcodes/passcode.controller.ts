import { usernameSchema } from '@countersign/contracts';
import { Access, answer, body, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Get, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PasscodeManagement } from './passcode-management.service.ts';
import {
  type PasscodeSettingsRequest,
  passcodeSettingsRequest,
  passcodeSettingsView,
  passcodeView,
} from './passcode.schemas.ts';

@ApiTags('image-passcodes')
@Controller('/v1')
export class PasscodeController {
  constructor(private readonly passcodes: PasscodeManagement) {}

  @Get('directory/users/:username/image-passcode')
  @Access.apiKey('user:read')
  @ApiOperation({
    operationId: 'getImagePasscode',
    summary: 'Whether a user has one, how strong, and locked',
  })
  @Returns(200, passcodeView)
  async get(@Caller() caller: CallerContext, @param('username', usernameSchema) username: string) {
    return answer(await this.passcodes.get(caller.application.appId, username));
  }

  @Delete('directory/users/:username/image-passcode')
  @Access.apiKey('user:write')
  @ApiOperation({ operationId: 'deleteImagePasscode', summary: 'Take a user’s passcode away' })
  @Returns(204)
  async remove(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    answer(await this.passcodes.remove(caller.application.appId, username));
  }

  @Post('directory/users/:username/image-passcode/unlock')
  @Access.apiKey('user:write')
  @ApiOperation({ operationId: 'unlockImagePasscode', summary: 'Lift what wrong tries locked' })
  @Returns(204)
  async unlock(
    @Caller() caller: CallerContext,
    @param('username', usernameSchema) username: string,
  ): Promise<void> {
    answer(await this.passcodes.unlock(caller.application.appId, username));
  }

  @Get('image-passcode-settings')
  @Access.apiKey('oidc:read')
  @ApiOperation({ operationId: 'getImagePasscodeSettings', summary: 'What new passcodes are made with' })
  @Returns(200, passcodeSettingsView)
  settings(@Caller() caller: CallerContext) {
    return this.passcodes.settings(caller.application.appId);
  }

  @Put('image-passcode-settings')
  @Access.apiKey('oidc:write')
  @ApiOperation({
    operationId: 'putImagePasscodeSettings',
    summary: 'For passcodes made from now on; users who have one keep it',
  })
  @Returns(200, passcodeSettingsView)
  changeSettings(
    @Caller() caller: CallerContext,
    @body(passcodeSettingsRequest) request: PasscodeSettingsRequest,
  ) {
    return this.passcodes.changeSettings(caller.application.appId, request);
  }
}
