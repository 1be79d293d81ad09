import type { RedeemRequest } from '@countersign/contracts';

/** A token as it lies there when its redemption has been refused. */
export interface StoredToken {
  appId: string;
  userId: string;
  context: string;
  flowId: string | null;
  challengeId: string | null;
  subjectDigest: string | null;
  /** Whether its flow had begun when it was granted; true where it names a flow or a challenge. */
  flowHadBegun: boolean;
  expired: boolean;
  consumed: boolean;
  keyAlive: boolean;
  /** A later token of the same flow stands in its place. */
  replaced: boolean;
}

export type RefusalReason =
  | 'unknown'
  | 'other-application'
  | 'other-user'
  | 'other-flow'
  | 'other-subject'
  | 'used'
  | 'replaced'
  | 'key-revoked'
  | 'expired'
  | 'unfit';

/**
 * Why a token was refused, for the security event alone: whoever presented it gets one answer for all of them.
 * The most alarming reason wins: a token in the wrong hands is told apart from one that came late.
 */
export function refusalReason(token: StoredToken | undefined, request: RedeemRequest): RefusalReason {
  if (!token) return 'unknown';
  if (token.appId !== request.appId) return 'other-application';
  // a flow begun without a name is nobody's: there is no user to be another one
  if (request.userId === '' && token.flowId !== request.flowId) return 'other-flow';
  if (request.userId !== '' && token.userId !== request.userId) return 'other-user';
  if (token.flowId !== null && token.flowId !== request.flowId) return 'other-flow';
  if (token.context !== request.context || token.challengeId !== (request.challengeId ?? null))
    return 'other-flow';
  if (!token.flowHadBegun) return 'other-flow';
  if (token.subjectDigest !== (request.subjectDigest ?? null)) return 'other-subject';
  if (token.consumed) return 'used';
  if (token.replaced) return 'replaced';
  if (!token.keyAlive) return 'key-revoked';
  if (token.expired) return 'expired';
  return 'unfit';
}
