import { PLATFORM_APP } from '@countersign/contracts';
import type { OidcBrokerConfig } from '../config.ts';
import type { OidcClient } from './client.types.ts';

/** The administrators' console: a client of application `platform` that is always there and cannot be changed. */
export const ADMIN_CLIENT_ID = 'countersign-admin';

/** Users' own page, of every application: signing in to it, and (with MFA) signing in to change factors. */
export const ACCOUNT_CLIENT_ID = 'countersign-account';
export const ACCOUNT_CHANGE_CLIENT_ID = 'countersign-account-change';

/** Paths at which these are answered. */
export const ADMIN_CALLBACK = '/admin/callback';
export const accountCallback = (appId: string): string => `/oidc/${appId}/account/callback`;

/** How old what was shown may be to change factors, in seconds (security 18; ASVS 7.5.1). */
export const CHANGE_SECONDS = 300;

const BUILT_IN = new Set([ADMIN_CLIENT_ID, ACCOUNT_CLIENT_ID, ACCOUNT_CHANGE_CLIENT_ID]);

const ALWAYS = new Date(0);

/**
 * The client of that id which this service brings along, if it is one. They are public clients with PKCE: they are
 * this service itself, so a secret would only be one more thing to leak. Administrators always prove a second factor (C5).
 */
export function builtInClient(
  { publicUrl, oidcOrigins }: Pick<OidcBrokerConfig, 'publicUrl' | 'oidcOrigins'>,
  appId: string,
  clientId: string,
): OidcClient | undefined {
  // every request of the protocol asks: most are about another client
  if (!BUILT_IN.has(clientId)) return undefined;
  const origins = [publicUrl, ...oidcOrigins].map((origin) =>
    origin.replaceAll('{app}', appId).replace(/\/+$/, ''),
  );
  const at = (path: string) => [...new Set(origins)].map((origin) => `${origin}${path}`);
  if (clientId === ADMIN_CLIENT_ID && appId === PLATFORM_APP)
    return {
      ...built(appId, clientId, 'Countersign administration'),
      redirectUris: at(ADMIN_CALLBACK),
      postLogoutRedirectUris: at('/admin'),
      scopes: ['openid', 'profile'],
      mfa: { policy: 'mfa' },
    };
  if (clientId === ADMIN_CLIENT_ID) return undefined;
  return {
    ...built(appId, clientId, 'Your account'),
    redirectUris: at(accountCallback(appId)),
    postLogoutRedirectUris: at(`/oidc/${appId}/account`),
    ...(clientId === ACCOUNT_CHANGE_CLIENT_ID && { mfa: { policy: 'mfa', maxAgeSeconds: CHANGE_SECONDS } }),
  };
}

/** Whether the client is one of these: its addresses are this service's own, also on a developer's machine. */
export const isBuiltIn = ({ createdAt }: Pick<OidcClient, 'createdAt'>): boolean => createdAt === ALWAYS;

function built(appId: string, clientId: string, name: string): OidcClient {
  return {
    appId,
    clientId,
    kind: 'public',
    name,
    secretHashes: [],
    redirectUris: [],
    postLogoutRedirectUris: [],
    grantTypes: ['authorization_code'],
    scopes: ['openid'],
    signingAlg: 'EdDSA',
    hint: 'required',
    hintInFrontChannel: false,
    requirePar: false,
    consent: 'implied',
    // C9: a remembered device never stands in for an administrator's second factor, nor opens the user's own page
    rememberDeviceSeconds: 0,
    backchannelLogoutSessionRequired: false,
    protected: true,
    createdAt: ALWAYS,
    updatedAt: ALWAYS,
  };
}
