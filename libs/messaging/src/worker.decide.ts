import type { DeadReason } from './inbox.decide.ts';

/** Waits before the 2nd to the 6th try, in milliseconds: 1 s, 5 s, 30 s, 2 min, 10 min. */
export const BACK_OFF_MS: readonly number[] = [1_000, 5_000, 30_000, 120_000, 600_000];

/** Thrown by admission or a handler where trying again cannot help: the event is dead at once. */
export class Permanent extends Error {
  override name = 'Permanent';
  constructor(
    readonly reason: DeadReason,
    /** For operators and the dead-letter topic: names fields and ids, never personal data. */
    readonly detail?: string,
  ) {
    super(detail ? `${reason}: ${detail}` : reason);
  }
}

/** What becomes of an event whose handling failed. */
export type Failure =
  /** Something we stand on is away: nothing counts, the event just waits. */
  | { kind: 'outage'; delayMs: number }
  | { kind: 'retry'; delayMs: number }
  | { kind: 'dead'; reason: DeadReason; detail?: string };

/** Errors that say "a neighbour is away", by name: the libraries they come from stand above this one. */
const OUTAGES = new Set(['DatabaseUnavailable', 'CommitUnknown', 'ServiceUnavailable']);

/**
 * Judges a failure. `attempts` counts the failed tries before this one; `jitter` is uniform in [0, 1) and makes the
 * wait 0.75 to 1.25 of its nominal length, so that what failed together does not come back together.
 */
export function judgeFailure(
  error: unknown,
  attempts: number,
  jitter: number,
  backOff: readonly number[] = BACK_OFF_MS,
): Failure {
  if (error instanceof Permanent) {
    return { kind: 'dead', reason: error.reason, ...(error.detail ? { detail: error.detail } : {}) };
  }
  const name = error instanceof Error ? error.name : 'unknown error';
  const spread = (ms: number) => Math.round(ms * (0.75 + jitter / 2));
  if (OUTAGES.has(name)) return { kind: 'outage', delayMs: spread(1_000) };
  const nominal = backOff[attempts];
  // the message may quote personal data; it is in the log
  if (nominal === undefined) return { kind: 'dead', reason: 'exhausted', detail: name };
  return { kind: 'retry', delayMs: spread(nominal) };
}
