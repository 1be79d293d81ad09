import { Access, answer, body, Caller, CallerContext, param, Returns } from '@countersign/service-kit';
import { Controller, Delete, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { sent } from '../otp/sent.ts';
import {
  emailRemoval,
  emailRequest,
  phoneRequest,
  profileId,
  verifyAddressRequest,
} from './profile.schemas.ts';
import { ProfileService } from './profile.service.ts';

type Verify = z.output<typeof verifyAddressRequest>;

/** LoginID's profile API: addresses of users, by their application (contracts §1.10). */
@ApiTags('Profile')
@Controller('fido2/v2/profile')
export class ProfileController {
  constructor(private readonly profiles: ProfileService) {}

  @Delete(':id')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'deleteProfile', summary: 'Delete a user with everything, in every service' })
  @Returns(204)
  async delete(@Caller() { application }: CallerContext, @param('id', profileId) id: string) {
    answer(await this.profiles.delete(application.appId, id));
  }

  @Post(':id/email')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'addProfileEmail', summary: 'Give a user an e-mail address' })
  @Returns(204)
  async addEmail(
    @Caller() { application, clientAddress }: CallerContext,
    @param('id', profileId) id: string,
    @body(emailRequest) { email, requestVerification }: z.output<typeof emailRequest>,
  ) {
    const given = { channel: 'email' as const, address: email, requestVerification };
    sent(await this.profiles.give(application, id, given, clientAddress));
  }

  @Delete(':id/email')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'removeProfileEmail', summary: 'Take an e-mail address away from a user' })
  @Returns(204)
  async removeEmail(
    @Caller() { application }: CallerContext,
    @param('id', profileId) id: string,
    @body(emailRemoval) { email }: z.output<typeof emailRemoval>,
  ) {
    answer(await this.profiles.removeEmail(application.appId, id, email));
  }

  @Post(':id/phone')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'addProfilePhone', summary: 'Give a user a phone number' })
  @Returns(204)
  async addPhone(
    @Caller() { application, clientAddress }: CallerContext,
    @param('id', profileId) id: string,
    @body(phoneRequest) { phoneNumber, requestVerification }: z.output<typeof phoneRequest>,
  ) {
    const given = { channel: 'sms' as const, address: phoneNumber, requestVerification };
    sent(await this.profiles.give(application, id, given, clientAddress));
  }

  @Delete(':id/phone')
  @Access.apiKey('profile:write')
  @ApiOperation({ operationId: 'removeProfilePhone', summary: 'Take the phone number away from a user' })
  @Returns(204)
  async removePhone(@Caller() { application }: CallerContext, @param('id', profileId) id: string) {
    answer(await this.profiles.removePhone(application.appId, id));
  }

  @Post('email/verify')
  @Access.open({ application: true })
  @ApiOperation({
    operationId: 'verifyProfileEmail',
    summary: 'Type the code that was sent to a new e-mail address',
  })
  @Returns(204)
  async verifyEmail(@Caller() { application }: CallerContext, @body(verifyAddressRequest) request: Verify) {
    answer(await this.profiles.verify(application, 'email', request));
  }

  @Post('phone/verify')
  @Access.open({ application: true })
  @ApiOperation({
    operationId: 'verifyProfilePhone',
    summary: 'Type the code that was sent to a new phone number',
  })
  @Returns(204)
  async verifyPhone(@Caller() { application }: CallerContext, @body(verifyAddressRequest) request: Verify) {
    answer(await this.profiles.verify(application, 'sms', request));
  }
}
