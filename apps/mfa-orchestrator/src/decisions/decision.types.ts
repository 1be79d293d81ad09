import type { Acr, Outcome } from '@countersign/contracts';

/** What is decided, about what, for whom. */
export interface DecisionFacts {
  appId: string;
  userId: string;
  outcome: Outcome;
  subjectDigest: string;
  /** Rule names and codes: in full, for the application that owns the decision. */
  because: string[];
  auditActionId?: string;
  /** Name and session of the audit action, by which a cooldown is counted. */
  actionName?: string;
  sessionId?: string;
  transactionIds?: string[];
  challengeId?: string;
  flowId?: string;
  amr?: string[];
  acr?: Acr;
}

/** How long a signed decision may be acted on, in seconds. */
export const DECISION_TTL_SECONDS = 300;

/** `typ` of a decision: keeps it apart from every other token (RFC 8725 §3.11). */
export const DECISION_TYP = 'mfa-decision+jwt';
