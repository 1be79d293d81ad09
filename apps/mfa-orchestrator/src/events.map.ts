import type { EventType } from '@countersign/contracts';

/** What this service says and hears. */
export const EVENTS_MAP = {
  consumes: ['patrol.audit-action.recorded.v1'],
  publishes: [
    'patrol.audit-action.recorded.v1',
    'mfa.decision.made.v1',
    'mfa.challenge.required.v1',
    'mfa.challenge.completed.v1',
    'mfa.challenge.denied.v1',
    'mfa.challenge.expired.v1',
    'mfa.challenge.cancelled.v1',
    'mfa.flow.started.v1',
    'mfa.flow.factor-verified.v1',
    'mfa.flow.factor-refused.v1',
    'mfa.flow.completed.v1',
    'mfa.flow.failed.v1',
    'mfa.flow.expired.v1',
    'mfa.flow.abandoned.v1',
    'mfa.user.deleted.v1',
    'mfa.user.signed-out.v1',
    'mfa.user.factor-added.v1',
    'mfa.user.factor-removed.v1',
    'mfa.user.factor-locked.v1',
    'mfa.user.device-trusted.v1',
    'mfa.user.device-revoked.v1',
  ],
} as const satisfies { consumes: EventType[]; publishes: EventType[] };
