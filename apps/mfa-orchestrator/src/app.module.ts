import { sha256 } from '@countersign/security';
import { type Platform, remoteUserTokens } from '@countersign/service-kit';
import { Module, type Type } from '@nestjs/common';
import { ownPublicKeys } from './audit-actions/action-signing.ts';
import { auditActionAdmission } from './audit-actions/audit-action.admission.ts';
import { auditActionParts } from './audit-actions/audit-action.parts.ts';
import { challengeParts } from './challenges/challenge.parts.ts';
import { contactParts } from './contacts/contact.parts.ts';
import { decisionParts } from './decisions/decision.parts.ts';
import { deviceParts } from './devices/device.parts.ts';
import { flowParts } from './flows/flow.parts.ts';
import { FlowRepository } from './flows/flow.repository.ts';
import { InternalController } from './internal.controller.ts';
import { messageParts } from './messages/message.parts.ts';
import { mfaMethodParts } from './mfa-methods/mfa-method.parts.ts';
import { otpParts } from './otp/otp.parts.ts';
import { passkeyParts } from './passkeys/passkey.parts.ts';
import { patrolRuleParts } from './patrol-rules/patrol-rule.parts.ts';
import { policyParts } from './policies/policy.parts.ts';
import { recoveryCodeParts } from './recovery-codes/recovery-code.parts.ts';
import { DueWork } from './timers.ts';
import { totpParts } from './totp/totp.parts.ts';
import { userParts } from './users/user.parts.ts';

/** Feature by feature: each folder's `.parts.ts` says what it adds. */
const features: { controllers: Type[]; providers: Type[] }[] = [
  ...[auditActionParts, patrolRuleParts, challengeParts, decisionParts, policyParts, flowParts],
  ...[passkeyParts, otpParts, totpParts, recoveryCodeParts, contactParts, messageParts],
  ...[mfaMethodParts],
  ...[deviceParts, userParts],
];

/** Table of contents of the service. */
@Module({
  controllers: [...features.flatMap(({ controllers }) => controllers), InternalController],
  providers: [...features.flatMap(({ providers }) => providers), DueWork],
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

/** Whose an access token or grant is. */
export const userTokenVerifier = ({ client }: Platform) => remoteUserTokens(client);
