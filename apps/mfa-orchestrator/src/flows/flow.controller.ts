import { Access, answer, body, Caller, CallerContext, Reply, Returns } from '@countersign/service-kit';
import { Controller, Get, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { BeginService } from './begin.service.ts';
import { ExternalStepService } from './external-step.service.ts';
import { FlowService } from './flow.service.ts';
import {
  beginRequest,
  currentFlowView,
  emptyRequest,
  externalTokenRequest,
  mfaComplete,
  mfaNext,
  type BeginRequest,
} from './flow.schemas.ts';
import type { StepAnswer } from './flow-answers.ts';
import type { SessionMatch } from './flow.repository.ts';
import { LeaveService } from './leave.service.ts';

type FlowCaller = CallerContext<SessionMatch>;

/**
 * LoginID's rule (§1.6): 200 completes the flow, 401 with a session goes on. This is the only place that makes a 401
 * which carries a session.
 */
const stepReply = (step: StepAnswer) =>
  step.kind === 'complete' ? new Reply(200, step.body) : new Reply(401, step.body);

/** LoginID's MFA API: one user proving themselves. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa')
export class MfaController {
  constructor(
    private readonly begins: BeginService,
    private readonly external: ExternalStepService,
    private readonly leaves: LeaveService,
  ) {}

  @Post('begin')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'mfaBegin', summary: 'Begin a flow: what must this user do next?' })
  @Returns(200, mfaNext)
  async begin(@Caller() caller: CallerContext, @body(beginRequest) request: BeginRequest) {
    const { application, clientAddress, credential: accessToken } = caller;
    return answer(await this.begins.begin(request, { application, clientAddress, accessToken }));
  }

  @Post('third-party/verify')
  @Access.session()
  @ApiOperation({ operationId: 'mfaThirdPartyVerify', summary: 'Show an external token' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async verify(@Caller() caller: FlowCaller, @body(externalTokenRequest) { token }: { token: string }) {
    return stepReply(answer(await this.external.verify(caller.session, caller.requestHash, token)));
  }

  @Post('deny')
  @Access.session()
  @ApiOperation({ operationId: 'mfaDeny', summary: '“That was not me”' })
  @Returns(204)
  async deny(@Caller() caller: FlowCaller, @body(emptyRequest) _body: unknown) {
    answer(await this.leaves.deny(caller.session, caller.requestHash));
  }

  @Post('abandon')
  @Access.session()
  @ApiOperation({ operationId: 'mfaAbandon', summary: 'Leave without success' })
  @Returns(204)
  async abandon(@Caller() caller: FlowCaller, @body(emptyRequest) _body: unknown) {
    answer(await this.leaves.abandon(caller.session, caller.requestHash));
  }
}

/** The flow as its holder sees it. */
@ApiTags('MFA flow')
@Controller('v1/flows')
export class FlowController {
  constructor(private readonly flows: FlowService) {}

  @Get('current')
  @Access.session()
  @ApiOperation({ operationId: 'currentFlow', summary: 'The flow of this session' })
  @Returns(200, currentFlowView)
  async current(@Caller() caller: FlowCaller) {
    return answer(await this.flows.show(caller.session));
  }
}
