/** A topic: who writes it, how it is cut, how large a message may be. Provisioned from here, never auto-created. */
export interface Topic {
  writer: string;
  partitions: number;
  /** Largest message in bytes; the broker's default where absent. */
  maxBytes?: number;
  retentionMs: number;
}

const WEEK = 7 * 24 * 3600 * 1000;
const MONTH = 30 * 24 * 3600 * 1000;
/** So large that a message which is too large for us is still seen, refused and reported. */
const SIX_MEGABYTES = 6 * 1024 * 1024;

/** Largest event that is worked on, in bytes. */
export const EVENT_MAX_BYTES = 256 * 1024;

export const TOPICS = {
  'patrol.audit-actions': {
    writer: 'the outside, mfa-orchestrator',
    partitions: 6,
    maxBytes: SIX_MEGABYTES,
    retentionMs: WEEK,
  },
  'mfa.decisions': { writer: 'mfa-orchestrator', partitions: 6, retentionMs: MONTH },
  'mfa.challenges': { writer: 'mfa-orchestrator', partitions: 6, retentionMs: WEEK },
  'mfa.flows': { writer: 'mfa-orchestrator', partitions: 6, retentionMs: WEEK },
  'mfa.users': { writer: 'mfa-orchestrator', partitions: 3, retentionMs: MONTH },
  'token.external-tokens': { writer: 'token-service', partitions: 6, retentionMs: WEEK },
  'token.api-keys': { writer: 'token-service', partitions: 1, retentionMs: WEEK },
  'sso.user-data': { writer: 'sso-data', partitions: 6, retentionMs: WEEK },
  'sso.cache': { writer: 'sso-data', partitions: 1, retentionMs: WEEK },
  'oidc.logins': { writer: 'oidc-broker', partitions: 6, retentionMs: WEEK },
  'oidc.clients': { writer: 'oidc-broker', partitions: 1, retentionMs: WEEK },
  'directory.users': { writer: 'oidc-broker', partitions: 3, retentionMs: MONTH },
  'mfa-orchestrator.dead': {
    writer: 'mfa-orchestrator',
    partitions: 1,
    maxBytes: SIX_MEGABYTES,
    retentionMs: MONTH,
  },
  'sso-data.dead': { writer: 'sso-data', partitions: 1, maxBytes: SIX_MEGABYTES, retentionMs: MONTH },
  'oidc-broker.dead': { writer: 'oidc-broker', partitions: 1, maxBytes: SIX_MEGABYTES, retentionMs: MONTH },
  'token-service.dead': {
    writer: 'token-service',
    partitions: 1,
    maxBytes: SIX_MEGABYTES,
    retentionMs: MONTH,
  },
} as const satisfies Record<string, Topic>;

export type TopicName = keyof typeof TOPICS;
