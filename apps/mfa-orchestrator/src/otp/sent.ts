import type { Decision } from '@countersign/kernel';
import { problemOf } from '@countersign/service-kit';

/** As `answer`, for what sends codes: a budget that is used up says when to come again (`Retry-After`, RFC 9110 §10.2.3). */
export function sent<T>(decision: Decision<T>): T {
  if (decision.ok) return decision.value;
  const seconds = decision.refusal.extra?.retryAfterSeconds;
  throw problemOf(
    decision.refusal,
    typeof seconds === 'number' ? { 'retry-after': String(seconds) } : undefined,
  );
}
