import { Access, answer, body, Caller, CallerContext, Returns } from '@countersign/service-kit';
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
  payloadRequest,
  type BeginRequest,
} from './flow.schemas.ts';
import type { SessionMatch } from './flow.repository.ts';
import { LeaveService } from './leave.service.ts';
import { PayloadService } from './payload.service.ts';
import { stepReply } from './step-reply.ts';

type FlowCaller = CallerContext<SessionMatch>;

/** LoginID's MFA API: one user proving themselves. */
@ApiTags('MFA flow')
@Controller('fido2/v2/mfa')
export class MfaController {
  constructor(
    private readonly begins: BeginService,
    private readonly external: ExternalStepService,
    private readonly leaves: LeaveService,
    private readonly payloads: PayloadService,
  ) {}

  @Post('begin')
  @Access.open({ application: true })
  @ApiOperation({ operationId: 'mfaBegin', summary: 'Begin a flow: what must this user do next?' })
  @Returns(200, mfaNext)
  async begin(@Caller() caller: CallerContext, @body(beginRequest) request: BeginRequest) {
    const { application, clientAddress, userAgent, credential: accessToken } = caller;
    const from = { application, clientAddress, userAgent, accessToken };
    return answer(await this.begins.ask(request, from));
  }

  @Post('third-party/verify')
  @Access.session()
  @ApiOperation({ operationId: 'mfaThirdPartyVerify', summary: 'Show an external token' })
  @Returns(200, mfaComplete)
  @Returns(401, mfaNext, 'Another factor is needed; without a session: refused')
  async verify(@Caller() caller: FlowCaller, @body(externalTokenRequest) { token }: { token: string }) {
    return stepReply(answer(await this.external.verify(caller.session, caller.requestHash, token)));
  }

  @Post('payload')
  @Access.session()
  @ApiOperation({ operationId: 'mfaPayload', summary: 'Approve another text instead' })
  @Returns(200, mfaNext)
  async payload(@Caller() caller: FlowCaller, @body(payloadRequest) { payload }: { payload: string }) {
    return answer(await this.payloads.replace(caller.session, caller.requestHash, payload));
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
