import type { MfaContext } from '@countersign/contracts';

export type FlowStatus = 'open' | 'completing' | 'completed' | 'failed' | 'expired' | 'abandoned';

/** LoginID's two kinds of flow. */
export type FlowKind = 'signIn' | 'signUp';

/** One user proving themselves: its row. The session is known by its hash alone. */
export interface Flow {
  id: string;
  appId: string;
  userId: string;
  username: string;
  usernameKey: string;
  kind: FlowKind;
  context: MfaContext;
  challengeId: string | null;
  /** Names of the policies that must be satisfied. */
  policies: string[];
  status: FlowStatus;
  authenticated: boolean;
  proven: boolean;
  payload: string | null;
  subjectDigest: string | null;
  version: number;
  lastStep: string | null;
  resultSignature: string | null;
  startedAt: Date;
  /** The start as the database wrote it, to the microsecond: compared with the grant's time. */
  startedAtExact: string;
  expiresAt: Date;
}

/** How long a flow lasts, in seconds: unproven ones end early, so that they cannot pile up. */
export const FLOW_TTL_SECONDS = 600;
export const UNPROVEN_FLOW_TTL_SECONDS = 120;

/** Wrong tokens or guesses a flow takes before it fails. */
export const FLOW_MAX_FAILURES = 5;

/** Open flows with a ticket or a proof that a user may have. */
export const PROVEN_FLOWS_PER_USER = 3;

/** How long the session before the last step is good for a repeat of that step, in seconds. */
export const PREVIOUS_SESSION_SECONDS = 60;
