import type { Configuration } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { openedClaims } from './claim-rules.decide.ts';
import { askWhereClaimable } from './claimable-consent.ts';
import { apiOf, apiServer } from './client-credentials.ts';
import { CookieSignatures } from './cookie-signatures.ts';
import { LIFETIMES } from './lifetimes.ts';
import type { ProviderParts } from './provider-factory.ts';
import { type Ctx, ctxOf, issuerOf, mountOf, type ProviderOf } from './provider.types.ts';
import {
  assertionRules,
  corsRules,
  introspectionRules,
  requestRules,
  revocationRules,
} from './provider-policies.ts';
import { loginPolicy } from './interaction-policy.ts';
import { isSecondFactor } from './request-rules.decide.ts';
import { logoutFetch } from './logout-fetch.ts';

const ALGS = ['EdDSA', 'ES256', 'RS256'] as const;

/**
 * Names of cookies: those of another application are never read. The two of a login in progress say what its address says
 * too, so they are signed: who learns the address of somebody's login cannot go on with it.
 */
function cookiesOf({ appId, origin }: ProviderOf, key: Uint8Array): Configuration['cookies'] {
  const isSecure = origin.startsWith('https:');
  // __Host- demands Path=/, which the two of a login in progress do not have
  const [host, other] = isSecure ? ['__Host-', '__Secure-'] : ['', ''];
  const common = {
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    overwrite: true,
  } as const;
  return {
    names: {
      session: `${host}oidc-${appId}`,
      interaction: `${other}oidc-${appId}-login`,
      resume: `${other}oidc-${appId}-resume`,
    },
    keys: new CookieSignatures(key) as never,
    long: { ...common, path: '/', signed: false },
    short: { ...common, signed: true },
  };
}

/** Claims that may be told now: a scope that was turned down since opens nothing, also by what was issued before. */
function openedIn({ oidc }: Ctx, { scopes }: ProviderOf, scope: string): Set<string> {
  const granted = oidc.grant?.getOIDCScopeFiltered(new Set(scope.split(' '))) ?? '';
  return openedClaims(scopes, oidc.client.settings.scopes, new Set(granted.split(' ')));
}

/** What the provider of an application is set up with. */
export function configurationOf(of: ProviderOf, parts: ProviderParts): Configuration {
  const { appId, scopes } = of;
  const issuer = issuerOf(of);
  const { accounts, answers, grants } = parts;
  return {
    acrValues: ['aal1', 'aal2'],
    allowOmittingSingleRegisteredRedirectUri: false,
    assertJwtClientAuthClaimsAndHeader: assertionRules,
    claims: {
      ...{ acr: null, auth_time: null, iss: null, sid: null },
      ...Object.fromEntries(scopes.map(({ name, claims }) => [name, claims])),
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      '2fa': ['preferred_username'],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientBasedCORS: corsRules,
    clockTolerance: 10,
    cookies: cookiesOf(of, parts.cookieKey(appId)),
    enabledJWA: {
      clientAuthSigningAlgValues: [...ALGS, 'PS256'],
      idTokenSigningAlgValues: [...ALGS],
    },
    expiresWithSession: (raw, source) => {
      const { params } = ctxOf(raw).oidc;
      return !source.scopes.has('offline_access') && !isSecondFactor(params.scope);
    },
    extraClientMetadata: { properties: ['settings'] },
    // `email_hint`: accepted, and means nothing here; its check is the one place that every request passes
    extraParams: { email_hint: requestRules(parts.isProduction) },
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      introspection: { enabled: true, allowedPolicy: introspectionRules(of, accounts) },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: (raw) =>
          ctxOf(raw).oidc.params.grant_type === 'client_credentials' ? apiOf(issuer) : undefined,
        getResourceServerInfo: (raw, resource) => {
          const { client, params } = ctxOf(raw).oidc;
          if (resource !== apiOf(issuer) || params.grant_type !== 'client_credentials')
            throw new errors.InvalidTarget();
          return apiServer(issuer, client.settings, scopes);
        },
      },
      revocation: revocationRules,
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (raw) => {
          const { session } = ctxOf(raw).oidc;
          const { secret } = (session as unknown as { state: { secret: string } }).state;
          return answers.askLogout(ctxOf(raw), appId, secret);
        },
        postLogoutSuccessSource: (raw) => answers.loggedOut(ctxOf(raw), appId),
      },
      userinfo: { enabled: true },
    },
    fetch: logoutFetch(parts.fetch),
    findAccount: (raw, sub) => accounts.find(appId, sub, (scope) => openedIn(ctxOf(raw), of, scope)),
    interactions: {
      policy: askWhereClaimable(loginPolicy(of, parts.standing)),
      url: (raw, { uid }) => {
        // what goes on was counted when it began
        if (ctxOf(raw).oidc.route === 'authorization') parts.begun.count(appId, raw.req);
        return `${mountOf(appId)}/interaction/${uid}`;
      },
    },
    issueRefreshToken: (_raw, client) => client.grantTypeAllowed('refresh_token'),
    loadExistingGrant: (raw) => grants.load(ctxOf(raw), of),
    pkce: { required: () => true },
    renderError: (raw, out, cause) => answers.render(ctxOf(raw), appId, out, cause),
    responseTypes: ['code'],
    // signing out ends what was issued; what the user consented to is remembered
    revokeGrantPolicy: (raw) => !ctxOf(raw).oidc.route.startsWith('end_session'),
    rotateRefreshToken: true,
    routes: {
      authorization: '/authorize',
      end_session: '/logout',
      introspection: '/introspect',
      jwks: '/.well-known/jwks',
      pushed_authorization_request: '/par',
      revocation: '/revoke',
      token: '/token',
      userinfo: '/userinfo',
    },
    scopes: scopes.map(({ name }) => name),
    ttl: LIFETIMES,
  };
}
