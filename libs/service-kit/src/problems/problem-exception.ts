import { type ProblemCode, PROBLEMS } from '@countersign/contracts';
import type { Decision, Refusal } from '@countersign/kernel';

export interface ProblemDetails {
  detail?: string;
  field?: string;
  /** Members beside `code` in the answer. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** A refusal on its way to the answer. Thrown by doors (controllers, hooks, pipes) only; below them refusals are values. */
export class ProblemException extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly details: ProblemDetails = {},
  ) {
    super(code);
    this.name = 'ProblemException';
    this.status = PROBLEMS[code].status;
  }
}

/** The exception that answers a refusal. A code nobody listed is a fault of ours and stays one. */
export function problemOf(refusal: Refusal, headers?: Record<string, string>): Error {
  if (!Object.hasOwn(PROBLEMS, refusal.code)) return new Error(`problem code ${refusal.code} is not listed`);
  const { code, ...details } = refusal;
  return new ProblemException(code as ProblemCode, { ...details, ...(headers && { headers }) });
}

/** The value of an accepting decision; a refusal becomes the answer. For controllers. */
export function answer<T>(decision: Decision<T>): T {
  if (decision.ok) return decision.value;
  throw problemOf(decision.refusal);
}
