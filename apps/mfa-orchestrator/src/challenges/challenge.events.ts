import type { NewEvent } from '@countersign/messaging';
import type { Challenge, ChallengeStatus } from './challenge.types.ts';

const TYPES = {
  pending: 'mfa.challenge.required.v1',
  completed: 'mfa.challenge.completed.v1',
  denied: 'mfa.challenge.denied.v1',
  expired: 'mfa.challenge.expired.v1',
  cancelled: 'mfa.challenge.cancelled.v1',
} as const satisfies Record<ChallengeStatus, string>;

/** What is said about a challenge that has just come into its status. No username, no payload. */
export function challengeEvent(
  challenge: Challenge,
  suspectedAttack = false,
): NewEvent<(typeof TYPES)[ChallengeStatus]> {
  return {
    type: TYPES[challenge.status],
    appId: challenge.appId,
    subject: challenge.id,
    key: challenge.id,
    data: {
      challengeId: challenge.id,
      userId: challenge.userId,
      context: challenge.context,
      auditActionId: challenge.auditActionId ?? undefined,
      auditActionName: challenge.auditActionName ?? undefined,
      transactionIds: challenge.transactionIds ?? undefined,
      subjectDigest: challenge.subjectDigest,
      expiresAt: challenge.expiresAt.toISOString(),
      because: challenge.because,
      ...(suspectedAttack ? { suspectedAttack } : {}),
    },
  };
}
