import type { EventType } from '@countersign/contracts';

/** What oidc-broker says on the bus. Notices of dead letters go to `oidc-broker.dead` besides. */
export const PUBLISHES = [
  'oidc.login.completed.v1',
  'oidc.login.refused.v1',
  'oidc.client.created.v1',
  'oidc.client.changed.v1',
  'oidc.client.deleted.v1',
  'directory.user.created.v1',
  'directory.user.changed.v1',
  'directory.user.deleted.v1',
] as const satisfies readonly EventType[];

/** What oidc-broker listens to, and what it does then: once, whichever instance it is. */
export const CONSUMES = {
  /** Directory entry, passcode, sessions, consents and tokens of that user are erased. */
  'mfa.user.deleted.v1': 'directory/directory.consumer.ts',
  /** Sessions and tokens until then end, and devices that stood in for MFA do so no more. */
  'mfa.user.signed-out.v1': 'directory/directory.consumer.ts',
} as const satisfies Partial<Record<EventType, string>>;
