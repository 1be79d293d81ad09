import { sha256 } from '@countersign/security';
import type { Platform } from '@countersign/service-kit';
import { Module } from '@nestjs/common';
import { ActionFactsReader } from './audit-actions/action-facts.ts';
import { ActionSigner, ownPublicKeys } from './audit-actions/action-signing.ts';
import { auditActionAdmission } from './audit-actions/audit-action.admission.ts';
import { AuditActionConsumer } from './audit-actions/audit-action.consumer.ts';
import { AuditActionController } from './audit-actions/audit-action.controller.ts';
import { AuditActionRepository } from './audit-actions/audit-action.repository.ts';
import { AuditActionService } from './audit-actions/audit-action.service.ts';
import { ChallengeEnds } from './challenges/challenge-end.ts';
import { ChallengeExpiry } from './challenges/challenge-expiry.service.ts';
import { ChallengeStreamController } from './challenges/challenge-stream.controller.ts';
import { ChallengeStream } from './challenges/challenge-stream.repository.ts';
import { MfaInfoReader } from './challenges/challenge-view.ts';
import { ChallengeController } from './challenges/challenge.controller.ts';
import { ChallengeRepository } from './challenges/challenge.repository.ts';
import { ChallengeService } from './challenges/challenge.service.ts';
import { TicketRepository } from './challenges/ticket.repository.ts';
import { DecisionKeys } from './decisions/decision-keys.ts';
import { DecisionController } from './decisions/decision.controller.ts';
import { DecisionService } from './decisions/decision.service.ts';
import { PayloadSignatures } from './decisions/payload-signature.ts';
import { AccessTokenGateway } from './flows/access-token.gateway.ts';
import { BeginService } from './flows/begin.service.ts';
import { ExternalStepService } from './flows/external-step.service.ts';
import { FlowCompletion } from './flows/flow-completion.ts';
import { FlowFacts } from './flows/flow-facts.ts';
import { FlowLimits } from './flows/flow-limits.repository.ts';
import { FlowSessions } from './flows/flow-session.ts';
import { FlowSteps } from './flows/flow-steps.ts';
import { FlowController, MfaController } from './flows/flow.controller.ts';
import { FlowRepository } from './flows/flow.repository.ts';
import { FlowService } from './flows/flow.service.ts';
import { LeaveService } from './flows/leave.service.ts';
import { TokenServiceGateway } from './flows/token-service.gateway.ts';
import { InternalController } from './internal.controller.ts';
import { DryRunService } from './patrol-rules/dry-run.service.ts';
import { PatrolRuleController } from './patrol-rules/patrol-rule.controller.ts';
import { PatrolRuleRepository } from './patrol-rules/patrol-rule.repository.ts';
import { PatrolRuleService } from './patrol-rules/patrol-rule.service.ts';
import { PolicyController } from './policies/policy.controller.ts';
import { PolicyRepository } from './policies/policy.repository.ts';
import { PolicyService } from './policies/policy.service.ts';
import { DueWork } from './timers.ts';
import { ProofRepository } from './flows/proof.repository.ts';
import { TryCounts } from './flows/try-counts.repository.ts';
import { MfaContextGateway } from './users/mfa-context.gateway.ts';
import { UserController } from './users/user.controller.ts';
import { UserRepository } from './users/user.repository.ts';
import { UserService } from './users/user.service.ts';

const users = [MfaContextGateway, UserRepository, UserService];
const patrol = [DryRunService, PatrolRuleRepository, PatrolRuleService];
const policies = [PolicyRepository, PolicyService];
const actions = [ActionFactsReader, ActionSigner, AuditActionRepository, AuditActionService];
const decisions = [DecisionKeys, DecisionService, PayloadSignatures];
const challenges = [
  ...[ChallengeEnds, ChallengeExpiry, ChallengeRepository, ChallengeService],
  ...[ChallengeStream, MfaInfoReader, TicketRepository],
];
const flows = [
  ...[AccessTokenGateway, BeginService, ExternalStepService, FlowCompletion, FlowFacts, FlowLimits],
  ...[FlowRepository, FlowService, FlowSessions, FlowSteps, LeaveService, TokenServiceGateway],
  ...[ProofRepository, TryCounts],
];

/** Table of contents of the service. */
@Module({
  controllers: [
    ...[AuditActionConsumer, AuditActionController, ChallengeStreamController, ChallengeController],
    ...[DecisionController, FlowController, InternalController, MfaController],
    ...[PatrolRuleController, PolicyController, UserController],
  ],
  providers: [...users, ...patrol, ...policies, ...actions, ...decisions, ...challenges, ...flows, DueWork],
})
export class AppModule {}

/** What may come in from the audit topic. */
export const admission = ({ directory, config }: Platform) =>
  auditActionAdmission({
    directory,
    serviceKeys: ownPublicKeys(config),
    unsignedAllowed: config.securityProfile === 'development' || config.busTrust === 'acl',
  });

/** Whose an MFA session is. */
export const sessionVerifier = ({ database }: Platform) => {
  const flows = new FlowRepository(database);
  return (token: string, application: { appId: string } | undefined) =>
    flows.bySession(application?.appId, sha256(token));
};
