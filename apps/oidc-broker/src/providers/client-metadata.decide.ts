import type { AllClientMetadata } from 'oidc-provider';
import { isBuiltIn } from '../clients/built-in.ts';
import { isNativeClient } from '../clients/client-uri.decide.ts';
import type { OidcClient } from '../clients/client.types.ts';

/** How a client proves itself in the request under way. */
export type ClientProof = 'assertion' | 'secret';

/** Another program on the user's machine could pose as it (RFC 8252 §8.6): its addresses are anybody's there. */
const isNative = (client: OidcClient): boolean =>
  !isBuiltIn(client) && isNativeClient(client.kind, client.redirectUris);

/** A client with keys and secrets may use either, until its secrets are taken away; one with keys alone uses those. */
function authMethodOf(
  client: OidcClient,
  by: ClientProof,
): 'none' | 'private_key_jwt' | 'client_secret_basic' {
  if (client.kind === 'public') return 'none';
  if (client.jwks && (by === 'assertion' || client.secretHashes.length === 0)) return 'private_key_jwt';
  // client_secret_post too: the provider takes either for either
  return 'client_secret_basic';
}

/** A client as the provider knows it. `known`: scopes that there are. */
export function clientMetadata(
  client: OidcClient,
  known: ReadonlySet<string>,
  by: ClientProof,
): AllClientMetadata & { settings: OidcClient } {
  const method = authMethodOf(client, by);
  const usesCode = client.grantTypes.includes('authorization_code');
  const { backchannelLogoutUri, logoUri, policyUri, tosUri } = client;
  return {
    client_id: client.clientId,
    client_name: client.name,
    application_type: isNative(client) ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    grant_types: client.grantTypes,
    response_types: usesCode ? ['code'] : [],
    ...(usesCode && { response_modes: ['query', 'form_post'] }),
    scope: client.scopes.filter((scope) => known.has(scope)).join(' '),
    id_token_signed_response_alg: client.signingAlg,
    token_endpoint_auth_method: method,
    // what stands here is compared with nothing: see compareClientSecret
    ...(method === 'client_secret_basic' && { client_secret: 'hashed' }),
    ...(method === 'private_key_jwt' && { jwks: client.jwks as never }),
    require_pushed_authorization_requests: client.requirePar,
    ...(backchannelLogoutUri && {
      backchannel_logout_uri: backchannelLogoutUri,
      backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    }),
    ...(logoUri && { logo_uri: logoUri }),
    ...(policyUri && { policy_uri: policyUri }),
    ...(tosUri && { tos_uri: tosUri }),
    settings: client,
  };
}
