import { AccessTokenGateway } from './access-token.gateway.ts';
import { DeviceSight } from './begin-facts.ts';
import { BeginService } from './begin.service.ts';
import { EnrolledFactors } from './enrolled.repository.ts';
import { ExternalStepService } from './external-step.service.ts';
import { FactRows } from './fact-rows.repository.ts';
import { FactorLocks } from './factor-locks.ts';
import { FactorOptions } from './factor-options.ts';
import { FlowChallenges } from './flow-challenges.ts';
import { FlowCompletion } from './flow-completion.ts';
import { FlowEnds } from './flow-ends.repository.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { FlowStart } from './flow-start.service.ts';
import { FlowSteps } from './flow-steps.ts';
import { FlowController, MfaController } from './flow.controller.ts';
import { FlowRepository } from './flow.repository.ts';
import { FlowService } from './flow.service.ts';
import { LeaveService } from './leave.service.ts';
import { NextAnswers } from './next-answers.service.ts';
import { PayloadService } from './payload.service.ts';
import { ProofStep } from './proof-step.service.ts';
import { ProofRepository } from './proof.repository.ts';
import { RefusedSteps } from './refused-step.service.ts';
import { RegistrationService } from './registration.service.ts';
import { TokenServiceGateway } from './token-service.gateway.ts';
import { TryCounts } from './try-counts.repository.ts';

/** What this feature adds to the service. */
export const flowParts = {
  controllers: [MfaController, FlowController],
  providers: [
    AccessTokenGateway,
    DeviceSight,
    BeginService,
    EnrolledFactors,
    ExternalStepService,
    FactRows,
    FactorLocks,
    FactorOptions,
    FlowChallenges,
    FlowCompletion,
    FlowEnds,
    FlowFacts,
    FlowLimits,
    FlowSessions,
    FlowStart,
    FlowSteps,
    FlowRepository,
    FlowService,
    LeaveService,
    NextAnswers,
    PayloadService,
    ProofStep,
    ProofRepository,
    RefusedSteps,
    RegistrationService,
    TokenServiceGateway,
    TryCounts,
  ],
};
