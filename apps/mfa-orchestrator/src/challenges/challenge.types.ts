import type { MfaContext } from '@countersign/contracts';

export const CHALLENGE_STATUSES = ['pending', 'completed', 'denied', 'expired', 'cancelled'] as const;
export type ChallengeStatus = (typeof CHALLENGE_STATUSES)[number];

/** How a challenge can end. */
export type ChallengeEnd = Exclude<ChallengeStatus, 'pending'>;

/** A flow somebody demanded: its row. */
export interface Challenge {
  id: string;
  appId: string;
  userId: string;
  /** Exactly as sent: the subject digest covers it. */
  username: string;
  usernameKey: string;
  context: MfaContext;
  status: ChallengeStatus;
  auditActionId: string | null;
  auditActionName: string | null;
  sessionId: string | null;
  transactionIds: string[] | null;
  payload: string | null;
  /** Names of the policies that must be satisfied, all of them. */
  requires: string[];
  ruleIds: string[];
  because: string[];
  subjectDigest: string;
  prompted: boolean;
  /** Wrong proofs so far, over all flows. */
  failures: number;
  createdAt: Date;
  expiresAt: Date;
  decision: string | null;
}

/** Wrong proofs a challenge takes over all its flows before it is denied. */
export const CHALLENGE_MAX_FAILURES = 5;
