import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { mfaComplete, mfaNext } from '../flows/flow.schemas.ts';
import { stepReply } from '../flows/step-reply.ts';
import { ContactEnrolments } from './contact-enrolment.service.ts';
import { OtpRequests } from './otp-request.service.ts';
import { OtpSteps } from './otp-steps.service.ts';
import {
  contactRequest,
  otpRequest,
  otpVerifyRequest,
  sessionView,
  type ContactRequest,
  type OtpRequest,
} from './otp.schemas.ts';
import { sent } from './sent.ts';

type FlowCaller = CallerContext<SessionMatch>;

/** One-time codes in a flow (contracts §1.5), and the enrolment of the addresses they go to. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa')
export class OtpController {
  constructor(
    private readonly requests: OtpRequests,
    private readonly steps: OtpSteps,
    private readonly enrolments: ContactEnrolments,
  ) {}

  @Post('otp/request')
  @Access.session()
  @ApiOperation({ operationId: 'mfaOtpRequest', summary: 'Have a one-time code sent' })
  @Returns(200, sessionView)
  async request(@Caller() caller: FlowCaller, @body(otpRequest) request: OtpRequest) {
    return sent(await this.requests.request(caller.session, request, caller));
  }

  @Post('otp/verify')
  @Access.session()
  @ApiOperation({ operationId: 'mfaOtpVerify', summary: 'Show the code that was sent' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async verify(@Caller() caller: FlowCaller, @body(otpVerifyRequest) { otp }: { otp: string }) {
    const { session, requestHash, application } = caller;
    return stepReply(answer(await this.steps.verify(session, requestHash, otp, application)));
  }

  @Post('contact/request')
  @Access.session()
  @ApiOperation({ operationId: 'mfaContactRequest', summary: 'Have a code sent to an address to be added' })
  @Returns(200, sessionView)
  async requestContact(@Caller() caller: FlowCaller, @body(contactRequest) request: ContactRequest) {
    return sent(await this.enrolments.request(caller.session, request, caller));
  }

  @Post('contact/enrol')
  @Access.session()
  @ApiOperation({ operationId: 'mfaContactEnrol', summary: 'Show the code that was sent to the new address' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'More is asked for; without a session: refused')
  async enrolContact(@Caller() caller: FlowCaller, @body(otpVerifyRequest) { otp }: { otp: string }) {
    return stepReply(answer(await this.enrolments.enrol(caller.session, caller.requestHash, otp)));
  }
}
