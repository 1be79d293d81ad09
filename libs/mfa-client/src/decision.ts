/** Checking what Countersign signed: for the host that releases, or lets in. Uses `jose`. */
export { type Subject, subjectDigest } from '@countersign/contracts';
export { DecisionRefused, type RefusalReason } from './decision-refused.ts';
export type { KeySource } from './decision-keys.ts';
export { memorySeenJti, type SeenJti } from '@countersign/kernel';
export {
  type DecisionClaims,
  type Parked,
  verifyDecision,
  type VerifyDecisionOptions,
} from './verify-decision.ts';
export {
  type AccessClaims,
  type PayloadClaims,
  verifyAccessToken,
  verifyPayloadSignature,
  type VerifyTokenOptions,
} from './verify-token.ts';
