import { type Refusal, refuse } from '@countersign/kernel';
import { type ServiceAnswer, ServiceUnavailable } from '@countersign/security';
import { refusedAnswer } from './mfa-answers.ts';

export type MfaRefusal =
  /** Not right; the flow goes on. */
  | 'mfa/proof-refused'
  /** The flow is over, whatever ended it. */
  | 'mfa/session-invalid'
  | 'mfa/challenge-ended'
  | 'mfa/flow-limit'
  | 'mfa/policy-unknown'
  /** Policy lets nobody like this user through. */
  | 'access/forbidden'
  | 'access/too-many-requests'
  | 'request/invalid';

/** What a refusal of the orchestrator means here. Throws ServiceUnavailable where it means nothing known. */
export function refusalOf({ status, body, retryAfterSeconds }: ServiceAnswer): {
  ok: false;
  refusal: Refusal<MfaRefusal>;
} {
  const said = refusedAnswer.safeParse(body);
  const more = said.success ? { detail: said.data.msg } : {};
  const code = (body as { code?: unknown } | undefined)?.code;
  switch (status) {
    case 400:
      return code === 'mfa/policy-unknown' ? refuse('mfa/policy-unknown') : refuse('request/invalid', more);
    case 401:
      return refuse('mfa/proof-refused');
    case 403:
      return refuse('access/forbidden', more);
    case 409:
      return refuse('mfa/challenge-ended');
    case 429:
      return refuse('access/too-many-requests', { extra: { retryAfterSeconds: retryAfterSeconds ?? 60 } });
    default:
      throw new ServiceUnavailable('mfa-orchestrator', `answered ${status} in a flow`);
  }
}
