import { type Clock, systemClock } from '@countersign/kernel';

/**
 * Asks whether the decision `jti` was used before, and remembers it, in one atomic step: of two calls at once with the
 * same `jti` exactly one may get `false`. It may be forgotten after `expiresAt`. With several processes this is a
 * table: `INSERT INTO used_decisions (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, and seen is "no row
 * was inserted"; in the transaction that releases the change, it also makes releasing happen once.
 */
export type SeenJti = (jti: string, expiresAt: Date) => boolean | Promise<boolean>;

/** A {@link SeenJti} in memory: for one process, for tests, for a page. A restart forgets; a decision lives 5 min. */
export function memorySeenJti(clock: Clock = systemClock): SeenJti {
  const used = new Map<string, number>();
  return (jti, expiresAt) => {
    const now = clock.now().getTime();
    for (const [old, until] of used) if (until <= now) used.delete(old);
    if (used.has(jti)) return true;
    used.set(jti, expiresAt.getTime());
    return false;
  };
}
