import { setTimeout as pause } from 'node:timers/promises';

/** Bounds of a wait: `timeoutMs` in all (10 s), `everyMs` between probes (25), `what` for the message of the failure. */
export interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
  what?: string;
}

/**
 * Asks `probe` until it answers something other than undefined, null and false, and returns that.
 * A probe that throws has not answered yet; its last error is the cause of the failure. Rejects when time is up.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 25, what = 'the expected state' }: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false)
        return answer as NonNullable<Exclude<T, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await pause(everyMs);
  }
}
