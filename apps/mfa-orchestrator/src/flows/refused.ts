import { type ProblemCode } from '@countersign/contracts';
import { refuse, type Refusal } from '@countersign/kernel';

/** Refuses and takes the transaction back: what was consumed on the way is not spent on nothing. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

export const refused = (...of: Parameters<typeof refuse<ProblemCode>>): Refused =>
  new Refused(refuse(...of).refusal);

/** Runs `work`; a {@link Refused} thrown in it becomes the refusal it carries. */
export async function orRefusal<T>(
  work: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; refusal: Refusal }> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
