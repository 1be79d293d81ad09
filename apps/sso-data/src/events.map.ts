import type { EventType } from '@countersign/contracts';

/** What sso-data says on the bus: nothing of its own yet, only notices of dead letters on `sso-data.dead`. */
export const PUBLISHES: readonly EventType[] = [];

/** What sso-data listens to, and what it does then. */
export const CONSUMES = {
  /** Everything of that user is erased; a tombstone keeps late writes out. */
  'mfa.user.deleted.v1': 'users/user.consumer.ts',
} as const satisfies Partial<Record<EventType, string>>;
