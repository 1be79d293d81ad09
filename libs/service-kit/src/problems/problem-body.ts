import { type Problem, type ProblemCode, PROBLEMS } from '@countersign/contracts';
import type { ProblemException } from './problem-exception.ts';

/** RFC 6749 §5.2. */
interface OAuthError {
  error: string;
  error_description: string;
}

/** An error answer, ready to be sent. */
export interface ErrorAnswer {
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: Problem | { msg: string; msgCode: string } | OAuthError;
}

/** Paths whose clients read `{ msg, msgCode }` (contracts 1.3) instead of RFC 9457. */
export const speaksLoginId = (path: string): boolean => /^\/fido2\/v2(?:[/?#]|$)/.test(path);

/** Paths of OAuth under `/fido2/v2`: introspection (RFC 7662 §2.3) and revocation (RFC 7009 §2.2.1). */
export const speaksOAuth = (path: string): boolean =>
  /^\/fido2\/v2\/mgmt\/token\/(?:introspect|revoke)(?:[/?#]|$)/.test(path);

/** The answer to a problem, in the shape that clients of `path` (without `/apps/{app}`) read. */
export function errorAnswer(problem: Pick<ProblemException, 'code' | 'details'>, path: string): ErrorAnswer {
  const { status, title } = PROBLEMS[problem.code];
  const { detail, field, extra } = problem.details;
  const headers = { ...headersOf(problem.code), ...problem.details.headers };
  if (speaksOAuth(path)) {
    // the characters RFC 6749 §5.2 lets a description have
    const said = (detail ?? title).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '');
    const body = { error: oauthErrorOf(status), error_description: said };
    return { status, contentType: 'application/json; charset=utf-8', headers, body };
  }
  if (speaksLoginId(path)) {
    const shown = status === 409 || status === 422 ? 400 : status;
    const body = { msg: detail ?? title, msgCode: msgCodeOf(shown) };
    return { status: shown, contentType: 'application/json; charset=utf-8', headers, body };
  }
  const body: Problem = { ...extra, type: `/docs/errors#${problem.code}`, title, status, code: problem.code };
  if (detail !== undefined) body.detail = detail;
  if (field !== undefined) body.field = field;
  return { status, contentType: 'application/problem+json; charset=utf-8', headers, body };
}

function headersOf(code: ProblemCode): Record<string, string> {
  if (code === 'fault/unavailable') return { 'retry-after': '1' };
  if (code === 'access/unauthenticated') return { 'www-authenticate': 'Bearer' };
  return {};
}

function oauthErrorOf(status: number): string {
  if (status >= 500) return status === 503 ? 'temporarily_unavailable' : 'server_error';
  if (status === 401) return 'invalid_client';
  return status === 403 ? 'insufficient_scope' : 'invalid_request';
}

function msgCodeOf(status: number): string {
  if (status >= 500) return 'internal_error';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status === 404 ? 'not_found' : 'bad_request';
}
