import type { MfaContextView } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { MfaContextGateway } from '../users/mfa-context.gateway.ts';
import { PolicyRepository } from '../policies/policy.repository.ts';
import { Database } from '@countersign/persistence';
import type { Challenge } from './challenge.types.ts';
import type { ChallengeView, MfaInfo } from './challenge.schemas.ts';

/** The part of `mfaInfo` that the demand itself carries. */
export function demandInfo(demand: {
  context: MfaInfo['mfa_context'];
  transactionIds?: string[] | null;
  auditActionId?: string | null;
  auditActionName?: string | null;
}): MfaInfo {
  return {
    mfa_context: demand.context,
    // a login has none that anybody's extension knows of: its id there is oidc-broker's (seed Q5)
    ...(demand.transactionIds && demand.context !== 'login'
      ? { transaction_ids: demand.transactionIds }
      : {}),
    ...(demand.auditActionId ? { audit_action_id: demand.auditActionId } : {}),
    ...(demand.auditActionName ? { audit_action_name: demand.auditActionName } : {}),
  };
}

/** A challenge as it is shown, `mfaInfo` being given. */
export const toView = (challenge: Challenge, mfaInfo: MfaInfo = demandInfo(challenge)): ChallengeView => ({
  id: challenge.id,
  context: challenge.context,
  username: challenge.username,
  status: challenge.status,
  mfaInfo,
  subjectDigest: challenge.subjectDigest,
  because: challenge.because,
  createdAt: challenge.createdAt.toISOString(),
  expiresAt: challenge.expiresAt.toISOString(),
  ...(challenge.decision ? { decision: challenge.decision } : {}),
});

/** A demand and whose it is. */
type KnownDemand = Parameters<typeof demandInfo>[0] & { appId: string; userId: string; username: string };

/** Completes `mfaInfo` with what sso-data knows of the user, for callers that may see it. */
@Injectable()
export class MfaInfoReader {
  constructor(
    private readonly database: Database,
    private readonly policies: PolicyRepository,
    private readonly contexts: MfaContextGateway,
  ) {}

  /** Throws ServiceUnavailable where values are known to exist but cannot be had. */
  async read(demand: KnownDemand, policyNames: string[]): Promise<MfaInfo> {
    return this.complete(demand, policyNames, await this.values(demand));
  }

  /** What sso-data knows of the demand's user. Throws as {@link read} does. */
  values(demand: KnownDemand): Promise<MfaContextView> {
    return this.contexts.of(demand);
  }

  /** `mfaInfo` out of a demand and values that are at hand. */
  async complete(demand: KnownDemand, policyNames: string[], values: MfaContextView): Promise<MfaInfo> {
    const policies = await this.policies.named(this.database, demand.appId, policyNames);
    const provider = policies.find((policy) => policy.externalProvider)?.externalProvider;
    const registration = provider === undefined ? undefined : values.registrations[provider];
    return {
      ...demandInfo(demand),
      ...(registration === undefined ? {} : { registration_value: registration }),
      ...(values.ssoIdentifier === undefined ? {} : { sso_identifier: values.ssoIdentifier }),
    };
  }
}
