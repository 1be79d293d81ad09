import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { SessionMatch } from '../flows/flow.repository.ts';
import { mfaComplete, mfaNext } from '../flows/flow.schemas.ts';
import { stepReply } from '../flows/step-reply.ts';
import { PasskeySteps } from './passkey-steps.service.ts';
import { type AssertionStep, assertionStep, type CreationStep, creationStep } from './passkey.schemas.ts';

type FlowCaller = CallerContext<SessionMatch>;
const GOES_ON = 'Another factor is needed; without a session: refused';

/** Steps of a flow that show or make a passkey. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa/passkey')
export class PasskeyMfaController {
  constructor(private readonly steps: PasskeySteps) {}

  @Post('auth')
  @Access.session()
  @ApiOperation({ operationId: 'mfaPasskeyAuth', summary: 'Show a passkey' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, GOES_ON)
  async auth(@Caller() caller: FlowCaller, @body(assertionStep) { assertionResult }: AssertionStep) {
    const { session, requestHash } = caller;
    return stepReply(answer(await this.steps.assert(session, requestHash, 'passkey:auth', assertionResult)));
  }

  @Post('tx')
  @Access.session()
  @ApiOperation({ operationId: 'mfaPasskeyTx', summary: 'Confirm what is asked for with a passkey' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, GOES_ON)
  async tx(@Caller() caller: FlowCaller, @body(assertionStep) { assertionResult }: AssertionStep) {
    const { session, requestHash } = caller;
    return stepReply(answer(await this.steps.assert(session, requestHash, 'passkey:tx', assertionResult)));
  }

  @Post('reg')
  @Access.session()
  @ApiOperation({ operationId: 'mfaPasskeyReg', summary: 'Make a passkey' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, GOES_ON)
  async reg(@Caller() caller: FlowCaller, @body(creationStep) { creationResult }: CreationStep) {
    const { session, requestHash } = caller;
    return stepReply(answer(await this.steps.register(session, requestHash, creationResult)));
  }
}
