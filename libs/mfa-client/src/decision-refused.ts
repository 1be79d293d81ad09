import { errors } from 'jose';

/** Why a decision releases nothing. */
export type RefusalReason =
  'malformed' | 'signature' | 'type' | 'audience' | 'issuer' | 'expired' | 'outcome' | 'subject' | 'replay';

/** Thrown for a decision that must not release anything; `reason` is stable, the message is for your log. */
export class DecisionRefused extends Error {
  override name = 'DecisionRefused';

  constructor(
    readonly reason: RefusalReason,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`decision refused (${reason}): ${detail}`, options);
  }
}

const CLAIM_REASONS: Record<string, RefusalReason> = { typ: 'type', aud: 'audience', iss: 'issuer' };

/** The refusal that an error of jose stands for, or the error itself where it says nothing about the decision. */
export function refusalOf(error: unknown): unknown {
  const reason = reasonOf(error);
  return reason ? new DecisionRefused(reason, (error as Error).message, { cause: error }) : error;
}

function reasonOf(error: unknown): RefusalReason | undefined {
  if (error instanceof DecisionRefused) return undefined;
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_REASONS[error.claim] ?? 'malformed';
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  )
    return 'signature';
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'malformed';
  return undefined;
}
