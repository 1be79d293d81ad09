import { accept, type Decision, refuse } from '@countersign/kernel';
import {
  httpsUriFault,
  isClaimableUri,
  isNativeClient,
  mixedUriFault,
  redirectUriFault,
} from './client-uri.decide.ts';
import type { ClientKind, ClientSettings, GrantType } from './client.types.ts';

/** What a client's settings are judged by besides themselves. */
export interface ClientFacts {
  kind: ClientKind;
  /** Scopes the application has. */
  scopes: readonly string[];
  /** Addresses on this machine may be called: development only. */
  loopback: boolean;
}

type Fault = [field: string, detail: string];

/** Grants of a client that names none: what its scopes are asked for with. */
export const grantTypesFor = (scopes: readonly string[]): GrantType[] =>
  scopes.includes('offline_access') ? ['authorization_code', 'refresh_token'] : ['authorization_code'];

/** Whether a client may have those settings: one by one, and together. The refusal names the first field that does not fit. */
export function decideClient(settings: ClientSettings, facts: ClientFacts): Decision<ClientSettings> {
  const fault = addressFault(settings, facts) ?? grantFault(settings, facts) ?? scopeFault(settings, facts);
  return fault ? refuse('request/invalid', { field: fault[0], detail: fault[1] }) : accept(settings);
}

function addressFault(settings: ClientSettings, { kind, loopback }: ClientFacts): Fault | undefined {
  const native = isNativeClient(kind, settings.redirectUris);
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const)
    for (const [at, uri] of settings[field].entries()) {
      const fault = redirectUriFault(uri, kind) ?? mixedUriFault(uri, native);
      if (fault) return [`${field}.${at}`, fault];
    }
  for (const field of ['backchannelLogoutUri', 'logoUri', 'policyUri', 'tosUri'] as const) {
    const uri = settings[field];
    const fault = uri === undefined ? undefined : httpsUriFault(uri, { loopback });
    if (fault) return [field, fault];
  }
  if (settings.backchannelLogoutSessionRequired && settings.backchannelLogoutUri === undefined)
    return ['backchannelLogoutSessionRequired', 'needs a backchannelLogoutUri'];
  return undefined;
}

function grantFault(settings: ClientSettings, { kind }: ClientFacts): Fault | undefined {
  const { grantTypes, redirectUris, jwks, consent, requirePar, scopes } = settings;
  const isPublic = kind === 'public';
  // RFC 6749 §4.4: whoever holds no secret proves nothing by it
  if (isPublic && grantTypes.includes('client_credentials'))
    return ['grantTypes', 'a public client has no client_credentials'];
  if (isPublic && jwks) return ['jwks', 'a public client has no keys'];
  // who proves nothing pushes nothing (RFC 9126 §2)
  if (isPublic && requirePar) return ['requirePar', 'a public client cannot push requests'];
  const signsIn = grantTypes.includes('authorization_code');
  if (grantTypes.includes('refresh_token') && !signsIn)
    return ['grantTypes', 'refresh_token needs authorization_code'];
  // it would be asked for, consented to, and never lead to a refresh token
  if (scopes.includes('offline_access') && !grantTypes.includes('refresh_token'))
    return ['grantTypes', 'offline_access needs refresh_token'];
  if (signsIn && redirectUris.length === 0) return ['redirectUris', 'authorization_code needs one'];
  // RFC 8252 §8.6: another program may pose as this one, so the user has to see what is asked
  if (isPublic && consent === 'implied' && redirectUris.some(isClaimableUri))
    return ['consent', 'is asked for where a redirect URI is not https'];
  return undefined;
}

function scopeFault({ grantTypes, hint, scopes }: ClientSettings, facts: ClientFacts): Fault | undefined {
  const unknown = scopes.findIndex((scope) => !facts.scopes.includes(scope));
  if (unknown >= 0) return [`scopes.${unknown}`, 'no such scope'];
  if (scopes.includes('2fa_link') && (facts.kind === 'public' || !scopes.includes('2fa')))
    return ['scopes', '2fa_link is for confidential clients, together with 2fa'];
  // whoever is asked who they are could name anybody, and make that user's factor (V11)
  if (scopes.includes('2fa_link') && hint === 'ask')
    return ['hint', 'is required where the client may ask for 2fa_link'];
  // the provider takes no client without a scope, and issues ID tokens to all who sign in
  if (scopes.length === 0) return ['scopes', 'must name one'];
  if (!scopes.includes('openid') && grantTypes.includes('authorization_code'))
    return ['scopes', 'authorization_code needs openid'];
  if (
    ['2fa', 'profile', 'email', 'phone'].some((scope) => scopes.includes(scope)) &&
    !scopes.includes('openid')
  )
    return ['scopes', 'these scopes need openid'];
  return undefined;
}
