import type { EndedSession } from './logout-notice.types.ts';

/** Seconds to wait after each try that failed; after the last of them nobody tries any more: 50 minutes in all. */
const PAUSES = [10, 60, 300, 900, 1800];

/** How often a client is asked at most. */
export const MOST_ATTEMPTS = PAUSES.length + 1;

/** Notices to one client under way in a process at once: one that hangs leaves the others room. */
export const OF_ONE_CLIENT = 4;

/** Seconds until the next try, after so many; undefined: it is given up. */
export const pauseAfter = (attempts: number): number | undefined => PAUSES[attempts - 1];

interface KeptSession {
  accountId?: unknown;
  origin?: unknown;
  authorizations?: Readonly<Record<string, { sid?: unknown } | undefined>>;
}

/** What a session that the provider kept (JSON) means to the clients in it. Without a user there is nobody to sign out. */
export function endedIn(payload: string): EndedSession[] {
  const { accountId, origin = '', authorizations = {} } = JSON.parse(payload) as KeptSession;
  if (typeof accountId !== 'string' || typeof origin !== 'string') return [];
  return Object.entries(authorizations).flatMap(([clientId, known]) =>
    typeof known?.sid === 'string' ? [{ clientId, userId: accountId, sid: known.sid, origin }] : [],
  );
}
