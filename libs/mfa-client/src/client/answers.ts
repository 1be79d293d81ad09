import type { NextItem } from './actions.types.ts';
import type { Answer } from './http.ts';
import { MfaError } from './mfa-error.ts';
import type { Completed, FlowState, PasskeyInfo } from './session.types.ts';

type Members = Record<string, unknown>;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What a step that goes on replaces. */
export type Continued = Omit<FlowState, 'username' | 'completed' | 'session'> & { session: string };

/** The session of an answer; a server that hands out something else has none (contracts §1.1: 16 characters or more). */
export function sessionIn(body: unknown): string | undefined {
  const session = isObject(body) ? textOf(body.session) : undefined;
  return session !== undefined && session.length >= 16 ? session : undefined;
}

/** An MfaNext; undefined without a session. Items that are none are left out: a newer server may add other kinds. */
export function continuedBy(body: unknown): Continued | undefined {
  const session = sessionIn(body);
  if (session === undefined || !isObject(body)) return undefined;
  return { session, ...offeredBy(body) };
}

/** What an answer says about what can be done next: of a step, or of `GET /v1/flows/current`. */
export function offeredBy(body: Members): Omit<Continued, 'session'> {
  const optional = ['flow', 'flowId', 'nextAction', 'expiresAt'] as const;
  return {
    next: Array.isArray(body.next) ? body.next.flatMap(itemOf) : [],
    because: Array.isArray(body.because) ? body.because.filter((one) => typeof one === 'string') : [],
    ...Object.fromEntries(optional.flatMap((key) => (textOf(body[key]) ? [[key, body[key]]] : []))),
  };
}

function itemOf(item: unknown): NextItem[] {
  const action = isObject(item) ? item.action : undefined;
  if (!isObject(item) || !isObject(action) || typeof action.name !== 'string') return [];
  const options = Array.isArray(item.options)
    ? item.options.filter((option) => isObject(option) && typeof option.value === 'string')
    : undefined;
  const label = textOf(action.label) ?? action.name;
  const desc = textOf(action.desc);
  return [
    {
      action: { name: action.name, label, ...(desc !== undefined && { desc }) },
      ...(options && { options: options as NonNullable<NextItem['options']> }),
    },
  ];
}

/** An Mfa: tokens, or a signature, or (a flow that only adds something) neither. Throws MfaError `malformed_answer`. */
export function completedBy(answer: Answer): { flow?: string; completed: Completed } {
  const { body } = answer;
  const told = isObject(body) && ['accessToken', 'payloadSignature'].some((key) => key in body);
  if (!told) throw malformed(answer, 'The answer neither completes the flow nor goes on with it');
  const text = (key: string) => textOf(body[key]) ?? '';
  const deviceId = textOf(body.deviceId);
  const flow = textOf(body.flow);
  return {
    ...(flow !== undefined && { flow }),
    completed: {
      payload: text('payload'),
      payloadSignature: text('payloadSignature'),
      idToken: text('idToken'),
      accessToken: text('accessToken'),
      refreshToken: text('refreshToken'),
      ...(deviceId !== undefined && { deviceId }),
      ...(isObject(body.passkeyInfo) && { passkeyInfo: body.passkeyInfo as PasskeyInfo }),
    },
  };
}

export const malformed = (answer: Answer, msg: string): MfaError =>
  new MfaError(answer.status, 'malformed_answer', msg, about(answer));

/** What the server refused with: AppError, or an RFC 9457 problem on /v1. */
export function refusalOf(answer: Answer): MfaError {
  const body = isObject(answer.body) ? answer.body : {};
  const msgCode = textOf(body.msgCode) ?? textOf(body.code) ?? 'unknown_error';
  const msg =
    textOf(body.msg) ??
    textOf(body.message) ??
    textOf(body.detail) ??
    textOf(body.title) ??
    `The server answered ${answer.status}`;
  return new MfaError(answer.status, msgCode, msg, about(answer));
}

function about({ headers }: Answer): { retryAfterSeconds?: number; correlationId?: string } {
  const retryAfter = Number(headers.get('retry-after'));
  const correlationId = headers.get('x-correlation-id');
  return {
    ...(retryAfter > 0 && { retryAfterSeconds: retryAfter }),
    ...(correlationId && { correlationId }),
  };
}
