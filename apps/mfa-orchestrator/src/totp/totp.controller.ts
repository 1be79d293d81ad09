import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { emptyRequest, mfaComplete, mfaNext } from '../flows/flow.schemas.ts';
import { stepReply } from '../flows/step-reply.ts';
import { totpEnrolment, totpRequest, type TotpRequest } from './totp.schemas.ts';
import { TotpService } from './totp.service.ts';

type FlowCaller = CallerContext<SessionMatch>;

/** Authenticator apps in a flow: ours, beside LoginID's factors. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa/totp')
export class TotpController {
  constructor(private readonly totp: TotpService) {}

  @Post('request')
  @Access.session()
  @ApiOperation({ operationId: 'mfaTotpRequest', summary: 'A secret for an authenticator app' })
  @Returns(200, totpEnrolment)
  async request(@Caller() { session, application }: FlowCaller, @body(emptyRequest) _body: unknown) {
    return answer(await this.totp.request(session, application));
  }

  @Post('enrol')
  @Access.session()
  @ApiOperation({ operationId: 'mfaTotpEnrol', summary: 'Confirm the authenticator app by its first code' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async enrol(@Caller() { session, requestHash }: FlowCaller, @body(totpRequest) { otp }: TotpRequest) {
    return stepReply(answer(await this.totp.enrol(session, requestHash, otp)));
  }

  @Post('verify')
  @Access.session()
  @ApiOperation({ operationId: 'mfaTotpVerify', summary: 'Show a code of the authenticator app' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async verify(@Caller() { session, requestHash }: FlowCaller, @body(totpRequest) { otp }: TotpRequest) {
    return stepReply(answer(await this.totp.verify(session, requestHash, otp)));
  }
}
