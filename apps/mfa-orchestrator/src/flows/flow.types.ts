import type { MfaContext } from '@countersign/contracts';
import type { Enrolment } from '../policies/factors.ts';

export type FlowStatus = 'open' | 'completing' | 'completed' | 'failed' | 'expired' | 'abandoned';

/** LoginID's two kinds of flow. */
export type FlowKind = 'signIn' | 'signUp';

/** The passkey that completed a flow (contracts §1.4). */
export interface PasskeyInfo {
  passkeyId: string;
  aaguid: string;
  /** COSE key, base64url. */
  publicKey: string;
  assertionResult?: Record<string, unknown>;
  creationResult?: Record<string, unknown>;
}

/** What an answer carries beyond LoginID's required members. */
export interface AnswerExtra {
  deviceId?: string;
  passkeyInfo?: PasskeyInfo;
}

/** One user proving themselves: its row. `userId` is '' until the first proof of a flow begun without a name. The session is known by its hash alone. */
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
  /** The policies are the application's defaults. */
  defaultPolicy: boolean;
  /** Enrolments the flow was begun for. */
  enrols: Enrolment[];
  /** The device that came with a trust id; null: none. */
  deviceId: string | null;
  deviceTrusted: boolean;
  /** Factors that failed in this flow. */
  failedFactors: string[];
  displayName: string | null;
  traceId: string | null;
  /** More for the answer of the last step than tokens. */
  resultExtra: AnswerExtra | null;
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

/**
 * Whether a flow ends in tokens: a login that nobody demanded. A login challenge (oidc-broker's) ends in its decision, and
 * whoever demanded it issues what it issues.
 */
export const issuesTokens = ({ context, challengeId }: Pick<Flow, 'context' | 'challengeId'>): boolean =>
  context === 'login' && challengeId === null;

/** What held when a flow ended, for replays under another policy. */
export interface FlowRecord {
  enrolled: { factor: string; acr: string; usable: boolean }[];
  /** Version by policy name. */
  policies: Record<string, number>;
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
