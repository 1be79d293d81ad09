import { type Clock, systemClock } from './clock.ts';

/**
 * Asks whether the signed message `jti` was used before, and remembers it, in one atomic step: of two calls at once
 * with the same `jti` exactly one may get `false`. It may be forgotten after `expiresAt`. With several processes this
 * is a table: `INSERT INTO used (jti, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, and seen is "no row was
 * inserted"; in the transaction that does what the message asks for, it also makes that happen once.
 */
export type SeenJti = (jti: string, expiresAt: Date) => boolean | Promise<boolean>;

/** A {@link SeenJti} in memory: for one process, for tests, for a page. A restart forgets. */
export function memorySeenJti(clock: Clock = systemClock): SeenJti {
  const used = new Map<string, number>();
  return (jti, expiresAt) => {
    const now = clock.now().getTime();
    // oldest first: most expire in the order they came, and one that holds up the others does so until it expires
    for (const [old, until] of used) {
      if (until > now) break;
      used.delete(old);
    }
    if ((used.get(jti) ?? 0) > now) return true;
    used.delete(jti);
    used.set(jti, expiresAt.getTime());
    return false;
  };
}
