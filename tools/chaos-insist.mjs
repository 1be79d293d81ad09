/** Asking as hosts do whom a fault cuts off: again, and slower each time. */
import { setTimeout as pause } from 'node:timers/promises';

/** An answer that says what became of the request: not 5xx, nor to come again later. */
export const isAnswer = (status) => status < 500 && status !== 429;

/**
 * Calls `request` until its answer's status `fits`. Answers that answer with its `tries`, how often it was asked for;
 * undefined where that takes longer than `patienceMs`. Whatever was tried twice may have happened twice, and later.
 */
export const insisting = (random) => async (fits, patienceMs, request) => {
  const end = performance.now() + patienceMs;
  let tries = 0;
  // a crowd that asks at once keeps a system down that comes up again
  for (let wait = 100; performance.now() < end; wait = Math.min(wait * 2, 1_600)) {
    tries++;
    const answer = await request().catch(() => undefined);
    if (answer && fits(answer.status)) return { ...answer, tries };
    await pause(wait * (0.5 + random()));
  }
  return undefined;
};
