import type { FlowView, RedeemRequest } from '@countersign/contracts';
import { randomToken, systemClock } from '@countersign/kernel';
import type { Answer, TestBed } from './token-service.ts';

/** What the orchestrator asks when `token` is presented in `flow`. */
export const redemptionOf = (
  flow: FlowView,
  token: string,
  more: Partial<RedeemRequest> = {},
): RedeemRequest => ({
  appId: flow.appId,
  token,
  flowId: flow.flowId,
  userId: flow.userId,
  context: flow.context,
  flowStartedAt: systemClock.now().toISOString(),
  attempt: `${flow.flowId}:1`,
  ...(flow.challengeId !== undefined && { challengeId: flow.challengeId }),
  ...(flow.subjectDigest !== undefined && { subjectDigest: flow.subjectDigest }),
  ...more,
});

/** Redeems as the orchestrator. */
export const redeem = (
  bed: TestBed,
  flow: FlowView,
  token: string,
  more: Partial<RedeemRequest> = {},
): Promise<Answer> =>
  bed.as('mfa-orchestrator', 'POST', '/internal/external-tokens/redeem', redemptionOf(flow, token, more));

/** Asks for a grant. */
export const grant = (bed: TestBed, key: string | undefined, body: unknown): Promise<Answer> =>
  bed.call('POST', '/fido2/v2/mgmt/grant/external-auth', { key, body });

/** Sets an extension's own token. */
export const set = (bed: TestBed, key: string | undefined, body: unknown): Promise<Answer> =>
  bed.call('PUT', '/v1/external-tokens', { key, body });

/** A token as an extension makes one (seed Q2: a UUID in hex). */
export const ownToken = (): string => randomToken(24);

/** Members of a flow of an event challenge. */
export const eventFlow = { context: 'event', challengeId: 'challenge-1', subjectDigest: 'digest-1' } as const;
