/** Every problem a door can answer with (RFC 9457): `code` is stable, `status` and `title` go with it. */
export const PROBLEMS = {
  'request/invalid': { status: 400, title: 'The request is not valid' },
  'request/malformed-json': { status: 400, title: 'The body is not valid JSON' },
  'request/application-ambiguous': { status: 400, title: 'Path and host name different applications' },
  'request/too-large': { status: 413, title: 'The body is too large' },
  'request/media-type': { status: 415, title: 'The body must be application/json' },
  'request/timeout': { status: 408, title: 'The request took too long to arrive' },
  'request/not-found': { status: 404, title: 'There is nothing here' },
  'request/cursor-invalid': { status: 400, title: 'The cursor is not one of ours' },
  'request/stale': { status: 409, title: 'It was changed in the meantime' },
  'access/unauthenticated': { status: 401, title: 'A valid credential is needed' },
  'access/forbidden': { status: 403, title: 'The credential does not allow this' },
  'access/application-not-found': { status: 404, title: 'No such application' },
  'access/too-many-requests': { status: 429, title: 'Too many requests' },
  'idempotency/key-reused': { status: 422, title: 'This Idempotency-Key was used for another request' },
  'idempotency/already-done': { status: 409, title: 'Done before; a secret is shown only once' },
  'idempotency/key-invalid': {
    status: 400,
    title: 'The Idempotency-Key must have 1 to 255 visible characters',
  },
  'fault/internal': { status: 500, title: 'Something went wrong' },
  'fault/unavailable': { status: 503, title: 'Not available for the moment' },
  'mfa/challenge-not-found': { status: 404, title: 'No such challenge' },
  'mfa/challenge-ended': { status: 409, title: 'The challenge has ended' },
  'mfa/transaction-conflict': { status: 409, title: 'These transactions are under another challenge' },
  'mfa/audit-action-not-found': { status: 404, title: 'No such audit action' },
  'mfa/audit-action-conflict': { status: 409, title: 'This audit action id stands for other content' },
  'mfa/audit-action-time': { status: 400, title: 'The time lies in the future' },
  'mfa/flow-not-found': { status: 404, title: 'No such flow' },
  'mfa/flow-limit': { status: 409, title: 'Too many open flows' },
  'mfa/session-invalid': { status: 401, title: 'The MFA session is not valid' },
  'mfa/ticket-invalid': { status: 401, title: 'The begin ticket is not valid' },
  'mfa/token-refused': { status: 401, title: 'The external token is not valid for this flow' },
  'mfa/proof-refused': { status: 401, title: 'The proof is not valid for this flow' },
  'mfa/factor-too-weak': { status: 403, title: 'A proof as strong as the user’s strongest factor is needed' },
  'mfa/code-refused': { status: 400, title: 'The code is not valid' },
  'mfa/code-insufficient': { status: 403, title: 'Policy asks for more than this code' },
  'mfa/contact-limit': { status: 409, title: 'The user has as many addresses as there can be' },
  'mfa/contact-not-found': { status: 404, title: 'The user has no such address' },
  'mfa/address-not-served': { status: 400, title: 'No codes are sent to that address' },
  'mfa/channel-unavailable': { status: 503, title: 'Codes cannot be sent that way' },
  'mfa/policy-not-found': { status: 404, title: 'No such policy' },
  'mfa/policy-in-use': { status: 409, title: 'A rule or setting names this policy' },
  'mfa/policy-unknown': { status: 400, title: 'No policy of that name' },
  'mfa/rule-not-found': { status: 404, title: 'No such Patrol rule' },
  'mfa/rule-exists': { status: 409, title: 'A Patrol rule of that name exists' },
  'mfa/expression-invalid': { status: 400, title: 'The expression is not valid CEL' },
  'mfa/user-not-found': { status: 404, title: 'No such user' },
  'mfa/factor-not-found': { status: 404, title: 'No such factor' },
  'mfa/device-not-found': { status: 404, title: 'No such device' },
  'token/application-not-found': { status: 404, title: 'No such application' },
  'token/application-exists': { status: 409, title: 'An application of that id exists' },
  'token/application-reserved': { status: 400, title: 'That application id is reserved' },
  'token/host-taken': { status: 409, title: 'A host name leads to another application' },
  'token/trust-refused': {
    status: 400,
    title: 'Production takes unsigned audit actions only behind broker ACLs',
  },
  'token/key-not-found': { status: 404, title: 'No such API key' },
  'token/key-exceeds': { status: 403, title: 'A key creates only keys with a subset of its own rights' },
  'token/flow-not-found': { status: 404, title: 'No such flow' },
  'token/user-mismatch': { status: 403, title: 'The flow is not that user’s' },
  'token/flow-unfit': { status: 409, title: 'The flow has ended or does not offer external' },
  'token/context-not-allowed': { status: 403, title: 'This key does not vouch in that context' },
  'token/external-token-refused': { status: 404, title: 'The token fits nothing' },
  'token/jwt-invalid': { status: 401, title: 'The token is not valid' },
  'token/access-token-refused': { status: 404, title: 'The token does not hold' },
  'token/refresh-refused': { status: 401, title: 'The refresh token is not valid' },
  'token/grant-exceeds': { status: 403, title: 'A key grants only scopes of its own' },
  'token/signing-key-limit': { status: 409, title: 'Too many signing keys are still published' },
  'sso/identifier-not-found': { status: 404, title: 'No SSO identifier' },
  'sso/registration-not-found': { status: 404, title: 'No MFA registration' },
  'sso/registration-limit': { status: 409, title: 'The user has too many MFA registrations' },
  'ops/dead-letter-not-found': { status: 404, title: 'No such dead letter' },
  'ops/dead-letter-unreplayable': { status: 409, title: 'What could not be parsed cannot be replayed' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** The body of a problem answer (RFC 9457 §3). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail?: string;
  /** The input field it is about. */
  field?: string;
  [extra: string]: unknown;
}
