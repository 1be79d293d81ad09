import type { EventType } from '@countersign/contracts';

/** What sso-data says on the bus. Notices of dead letters go to `sso-data.dead` besides. */
export const PUBLISHES = [
  'sso.user-data.saved.v1',
  'sso.user-data.deleted.v1',
  'sso.user-data.erased.v1',
  'sso.launch.failed.v1',
  'sso.launch.names-refused.v1',
  'sso.cache.invalidated.v1',
  'sso.cache.applied.v1',
] as const satisfies readonly EventType[];

/** What sso-data listens to, and what it does then: once, whichever instance it is. */
export const CONSUMES = {
  /** Everything of that user is erased; a tombstone keeps late writes out. */
  'mfa.user.deleted.v1': 'users/user.consumer.ts',
} as const satisfies Partial<Record<EventType, string>>;

/** What every instance of sso-data reads along, past the inbox: what it keeps in memory is dropped. */
export const FOLLOWS = {
  /** The application's table, reported when it is done. */
  'sso.cache.invalidated.v1': 'cache/cache-follower.ts',
  /** The user's values. */
  'sso.user-data.saved.v1': 'cache/cache-follower.ts',
  'sso.user-data.deleted.v1': 'cache/cache-follower.ts',
  'sso.user-data.erased.v1': 'cache/cache-follower.ts',
} as const satisfies Partial<Record<(typeof PUBLISHES)[number], string>>;
