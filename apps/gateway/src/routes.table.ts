import type { ServiceName } from '@countersign/contracts';

/** Services behind the gateway: all of them have to be ready before it is, and all are in /docs. */
export const SERVED = [
  'mfa-orchestrator',
  'token-service',
  'sso-data',
  'oidc-broker',
] as const satisfies ServiceName[];
export type Served = (typeof SERVED)[number];

/**
 * Which service answers which path, after the `/apps/{app}` prefix; the longest path wins. A path stands for itself
 * and everything below it. What is not listed is 404: /internal, /metrics and whatever a service adds one day.
 */
export const ROUTES: Record<string, Served> = {
  '/fido2/v2': 'mfa-orchestrator',
  '/fido2/v2/mgmt': 'token-service',
  '/fido2/v2/.well-known': 'token-service',
  '/fido2/v2/version': 'token-service',
  '/fido2/v2/auth/refresh': 'token-service',
  '/fido2/v2/auth/logout': 'token-service',

  '/v1/challenges': 'mfa-orchestrator',
  '/v1/challenges/stream': 'mfa-orchestrator',
  '/v1/audit-actions': 'mfa-orchestrator',
  '/v1/patrol-rules': 'mfa-orchestrator',
  '/v1/policies': 'mfa-orchestrator',
  '/v1/decisions': 'mfa-orchestrator',
  '/v1/flows': 'mfa-orchestrator',
  '/v1/users': 'mfa-orchestrator',
  '/v1/me': 'mfa-orchestrator',
  '/v1/mfa-methods': 'mfa-orchestrator',

  '/v1/applications': 'token-service',
  '/v1/api-keys': 'token-service',
  '/v1/external-tokens': 'token-service',
  '/v1/signing-keys': 'token-service',

  '/v1/sso-identifiers': 'sso-data',
  '/v1/mfa-registrations': 'sso-data',
  '/v1/vendors': 'sso-data',
  '/v1/sso': 'sso-data',
  '/v1/third-party-data': 'sso-data',
  '/v1/third-party-data-elements': 'sso-data',
  '/v1/me/third-party-data': 'sso-data',
  '/v1/cache': 'sso-data',

  '/oidc': 'oidc-broker',
  // RFC 8414 §3.1: the well-known part stands before the issuer's path
  '/.well-known/oauth-authorization-server/oidc': 'oidc-broker',
  '/admin': 'oidc-broker',
  '/v1/clients': 'oidc-broker',
  '/v1/scopes': 'oidc-broker',
  '/v1/directory': 'oidc-broker',
  '/v1/oidc-keys': 'oidc-broker',
  '/v1/oidc-theme': 'oidc-broker',
  '/v1/image-passcode-settings': 'oidc-broker',

  '/v1/ops/mfa-orchestrator': 'mfa-orchestrator',
  '/v1/ops/token-service': 'token-service',
  '/v1/ops/sso-data': 'sso-data',
  '/v1/ops/oidc-broker': 'oidc-broker',
};

/** Paths whose answers last (event streams). */
export const LASTING: ReadonlySet<string> = new Set(['/v1/challenges/stream']);

/**
 * Paths of users, which pages of other origins call; management is none of them. Nor are the OpenID Provider's, which
 * says itself which of them pages may read, by client.
 */
export const FOR_PAGES: ReadonlySet<string> = new Set([
  ...['/fido2/v2', '/fido2/v2/.well-known', '/v1/flows', '/v1/me', '/v1/me/third-party-data'],
  ...['/fido2/v2/auth/refresh', '/fido2/v2/auth/logout'],
]);
