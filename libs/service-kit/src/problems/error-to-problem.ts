import type { ProblemCode } from '@countersign/contracts';
import { EventTooLarge } from '@countersign/messaging';
import { DatabaseUnavailable, QueryFailed, StaleVersion } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { ProblemException } from './problem-exception.ts';

/** What Fastify says about requests it could not read, by its error codes. Its messages quote the request: they stay inside. */
const UNREADABLE: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request/too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request/media-type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'request/malformed-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request/malformed-json',
  FST_ERR_NOT_FOUND: 'request/not-found',
};

const BY_STATUS: Record<number, ProblemCode> = {
  404: 'request/not-found',
  405: 'request/not-found',
  408: 'request/timeout',
  413: 'request/too-large',
  415: 'request/media-type',
  503: 'fault/unavailable',
};

/** SQLSTATEs of characters that no column holds (U+0000, half a surrogate pair in jsonb): they came with the request. */
const UNSTORABLE = ['22021', '22P05'];

/** The problem that answers an error; `fault/internal` where the error is a fault of ours and has to be logged. */
export function problemFor(error: unknown): ProblemException {
  if (error instanceof ProblemException) return error;
  if (error instanceof DatabaseUnavailable || error instanceof ServiceUnavailable)
    return new ProblemException('fault/unavailable');
  if (error instanceof StaleVersion) return new ProblemException('request/stale');
  if (error instanceof EventTooLarge) return new ProblemException('request/too-large');
  if (error instanceof QueryFailed && UNSTORABLE.includes(error.code))
    return new ProblemException('request/invalid', { detail: 'has a character that cannot be stored' });
  const code = fastifyCode(error);
  if (code !== undefined) return new ProblemException(code);
  const status = statusOf(error);
  if (status !== undefined && BY_STATUS[status]) return new ProblemException(BY_STATUS[status]);
  if (status !== undefined && status >= 400 && status < 500) return new ProblemException('request/invalid');
  return new ProblemException('fault/internal');
}

/** Nest wraps Fastify's errors; the original is the cause. */
function fastifyCode(error: unknown): ProblemCode | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 3; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && UNREADABLE[code]) return UNREADABLE[code];
  }
  return undefined;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, status } = error as { statusCode?: unknown; status?: unknown };
  const value = statusCode ?? status ?? (error as { getStatus?: () => number }).getStatus?.();
  return typeof value === 'number' ? value : undefined;
}
