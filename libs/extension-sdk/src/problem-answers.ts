import type { RefusalReason } from './request-refused.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

const NOT_SIGNED = [401, 'The request is not signed for this handler'] as const;
const PROBLEMS: Record<RefusalReason | 'failed', readonly [status: number, title: string]> = {
  method: [405, 'Only POST'],
  'too-large': [413, 'The body is too large'],
  // one answer for all of them: a stranger learns nothing from trying, your log has the reason
  unsigned: NOT_SIGNED,
  signature: NOT_SIGNED,
  type: NOT_SIGNED,
  issuer: NOT_SIGNED,
  audience: NOT_SIGNED,
  time: NOT_SIGNED,
  replay: NOT_SIGNED,
  malformed: [400, 'The request is not valid'],
  'parsed-body': [500, 'The body was parsed before the SSO handler could see it: give it the raw body'],
  'keys-unavailable': [503, 'The keys to check the signature cannot be had for the moment'],
  failed: [500, 'Something went wrong'],
};

/** An answer of JSON. */
export const json = (value: unknown): Response =>
  new Response(JSON.stringify(value), { status: 200, headers: HEADERS });

/** An answer that says no (RFC 9457). */
export function problem(reason: RefusalReason | 'failed'): Response {
  const [status, title] = PROBLEMS[reason];
  const headers = new Headers({ ...HEADERS, 'content-type': 'application/problem+json' });
  if (reason === 'method') headers.set('allow', 'POST');
  if (reason === 'keys-unavailable') headers.set('retry-after', '1');
  return new Response(JSON.stringify({ type: 'about:blank', title, status }), { status, headers });
}
