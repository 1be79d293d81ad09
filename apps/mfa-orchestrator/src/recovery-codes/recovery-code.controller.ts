import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { emptyRequest, mfaComplete, mfaNext } from '../flows/flow.schemas.ts';
import { stepReply } from '../flows/step-reply.ts';
import { recoveryEnrolment, recoveryRequest, type RecoveryRequest } from './recovery-code.schemas.ts';
import { RecoveryCodeService } from './recovery-code.service.ts';

type FlowCaller = CallerContext<SessionMatch>;

/** Recovery codes in a flow: ours, beside LoginID's factors. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa/recovery')
export class RecoveryCodeController {
  constructor(private readonly recovery: RecoveryCodeService) {}

  @Post('request')
  @Access.session()
  @ApiOperation({ operationId: 'mfaRecoveryRequest', summary: 'Ten recovery codes, shown this once' })
  @Returns(200, recoveryEnrolment)
  async request(@Caller() { session }: FlowCaller, @body(emptyRequest) _body: unknown) {
    return answer(await this.recovery.request(session));
  }

  @Post('enrol')
  @Access.session()
  @ApiOperation({
    operationId: 'mfaRecoveryEnrol',
    summary: 'Confirm the codes by typing one back; it stays good',
  })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async enrol(
    @Caller() { session, requestHash }: FlowCaller,
    @body(recoveryRequest) { code }: RecoveryRequest,
  ) {
    return stepReply(answer(await this.recovery.enrol(session, requestHash, code)));
  }

  @Post('verify')
  @Access.session()
  @ApiOperation({ operationId: 'mfaRecoveryVerify', summary: 'Show a recovery code, which is used up' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async verify(
    @Caller() { session, requestHash }: FlowCaller,
    @body(recoveryRequest) { code }: RecoveryRequest,
  ) {
    return stepReply(answer(await this.recovery.verify(session, requestHash, code)));
  }
}
