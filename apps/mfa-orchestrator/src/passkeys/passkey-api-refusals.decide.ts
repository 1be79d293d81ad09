import type { ProblemCode } from '@countersign/contracts';
import { refuse, type Decision, type Refusal } from '@countersign/kernel';

/**
 * Refusals as the calls outside LoginID's MFA API tell them (contracts §1.9): they know no 401 for a session in the
 * body. A session that is none any more is 400, a proof that is not right 403.
 */
const TOLD: Partial<Record<string, ProblemCode>> = {
  'mfa/session-invalid': 'request/invalid',
  'mfa/proof-refused': 'access/forbidden',
  'mfa/token-refused': 'access/forbidden',
};

export function toldOutside<T>(decision: Decision<T>): Decision<T> {
  if (decision.ok) return decision;
  const code = TOLD[decision.refusal.code];
  if (!code) return decision;
  const about: Omit<Refusal, 'code'> =
    code === 'request/invalid' ? { field: 'session', detail: 'the session is not valid' } : {};
  return refuse(code, about);
}

/** `app.id` of a request is the application it came to, compared without case (contracts §1.1). */
export const namesApplication = (id: string, appId: string): boolean =>
  id.toLowerCase() === appId.toLowerCase();
