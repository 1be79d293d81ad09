import type { EventType } from '@countersign/contracts';

/** What token-service tells. */
export const PUBLISHES = [
  'token.external-token.issued.v1', // external-tokens: a key vouched for a user, by either road
  'token.external-token.redeemed.v1', // external-tokens: once for each token
  'token.external-token.refused.v1', // external-tokens: a presented token fits nothing; says why, for audit
  'token.api-key.created.v1', // api-keys: for information, never to accept a key
  'token.api-key.revoked.v1', // api-keys: caches drop it
] as const satisfies EventType[];

/** What token-service listens to. */
export const CONSUMES = [
  'mfa.user.deleted.v1', // users: forgets what was vouched for and issued to them
  'mfa.user.signed-out.v1', // users: ends their logins
] as const satisfies EventType[];
