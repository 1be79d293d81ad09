import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { emptyRequest } from '../flows/flow.schemas.ts';
import { jwtAnswer } from '../passkeys/passkey-api.schemas.ts';
import { AuthOtp } from './auth-otp.service.ts';
import { DeviceCodes } from './device-codes.service.ts';
import {
  authCodeView,
  authOtpRequest,
  authOtpVerifyRequest,
  type AuthOtpVerifyRequest,
} from './otp.schemas.ts';

type Ask = z.output<typeof authOtpRequest>;

/** One-time codes outside of MFA flows (contracts §1.9). */
@ApiTags('Codes')
@Controller('fido2/v2/auth/otp')
export class AuthOtpController {
  constructor(
    private readonly codes: AuthOtp,
    private readonly deviceCodes: DeviceCodes,
  ) {}

  @Post()
  @Access.userToken('auth:write')
  @ApiOperation({ operationId: 'authOtp', summary: 'A code for the user to type on another device' })
  @Returns(200, authCodeView)
  async make(@Caller() caller: CallerContext, @body(emptyRequest) _body: unknown) {
    const { application, userToken, credential = '' } = caller;
    return answer(await this.deviceCodes.make(application, userToken, credential));
  }

  @Post('email')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'authOtpEmail', summary: 'Have a code sent by e-mail, if there is somebody' })
  @Returns(204)
  async email(@Caller() { application, clientAddress }: CallerContext, @body(authOtpRequest) { user }: Ask) {
    await this.codes.send(application, 'email', user.username, clientAddress);
  }

  @Post('sms')
  @Access.open({ application: true })
  @ApiOperation({
    operationId: 'authOtpSms',
    summary: 'Have a code sent by text message, if there is somebody',
  })
  @Returns(204)
  async sms(@Caller() { application, clientAddress }: CallerContext, @body(authOtpRequest) { user }: Ask) {
    await this.codes.send(application, 'sms', user.username, clientAddress);
  }

  @Post('verify')
  @Access.open({ application: true })
  @ApiOperation({
    operationId: 'authOtpVerify',
    summary: 'Log in by a code, where policy is satisfied by it',
  })
  @Returns(200, jwtAnswer)
  async verify(@Caller() caller: CallerContext, @body(authOtpVerifyRequest) request: AuthOtpVerifyRequest) {
    const { application, clientAddress, userAgent, requestHash } = caller;
    const begin = { application, clientAddress, userAgent, accessToken: undefined };
    const { authCode, user } = request;
    return answer(await this.codes.verify(begin, requestHash, { username: user.username, authCode }));
  }
}
