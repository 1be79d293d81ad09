import { systemClock } from '@countersign/kernel';
import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { ctxOf, type ProviderOf } from './provider.types.ts';
import { isSecondFactor, requestRefusal } from './request-rules.decide.ts';
import { tellStanding } from './refresh-rules.ts';
import { sizeRefusal } from './request-size.decide.ts';
import { leaveSession } from './session-results.ts';

const ASSERTION_SECONDS = 60;
const FUTURE_SECONDS = 10;

/**
 * The scope as the provider takes it, and as the client sent it: the provider drops offline_access where it would not be
 * given. Of both, so that nothing beside the request's own parameters hides a scope from the rules.
 */
function askedScope(raw: KoaContextWithOIDC): string | undefined {
  const { oidc, query } = ctxOf(raw);
  const sent = oidc.route === 'pushed_authorization_request' ? oidc.body?.scope : query.scope;
  const all = [oidc.params.scope, sent].filter((one) => typeof one === 'string');
  return all.length > 0 ? all.join(' ') : undefined;
}

/** Rules of authorization requests beyond the protocol's (seed V1, V3, V6, V11). Requests for a second factor leave the session. */
export function requestRules(isProduction: boolean) {
  return async (raw: KoaContextWithOIDC): Promise<void> => {
    const ctx = ctxOf(raw);
    const { params, client, entities, route } = ctx.oidc;
    const { settings } = client;
    // whoever knows the id of a client that proves nothing could have any number of requests kept (RFC 9126 §2)
    if (route === 'pushed_authorization_request' && settings.kind === 'public')
      throw new errors.InvalidClientAuth('a public client cannot push requests');
    // OP-07: used up by the first request that shows it, whatever comes of that; the provider would wait for the code
    if (route === 'authorization') await entities.PushedAuthorizationRequest?.consume();
    const isPushed =
      settings.kind === 'confidential' &&
      (route === 'pushed_authorization_request' || entities.PushedAuthorizationRequest !== undefined);
    const { nonce, login_hint } = params;
    const asked = { scope: askedScope(raw), nonce, login_hint, isPushed };
    const refusal = sizeRefusal(params) ?? requestRefusal(asked, settings, isProduction);
    if (refusal?.error === 'invalid_scope') throw new errors.InvalidScope(refusal.description, '2fa');
    if (refusal) throw new errors.InvalidRequest(refusal.description);
    if (route === 'authorization' && isSecondFactor(params.scope)) leaveSession(ctx);
  };
}

/** private_key_jwt (security 26, JWT-05): for exactly this issuer, and short. */
export const assertionRules: Configuration['assertJwtClientAuthClaimsAndHeader'] = (ctx, claims) => {
  const now = Math.floor(systemClock.now().getTime() / 1000);
  const { aud, exp, iat = now } = claims as { aud: unknown; exp: number; iat?: number };
  if (aud !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer');
  if (exp - iat > ASSERTION_SECONDS || iat > now + FUTURE_SECONDS)
    throw new errors.InvalidClientAuth('the assertion holds for longer than 60 seconds');
};

/**
 * Who may ask about a token: clients that prove who they are about the application's, others about their own. Tokens of
 * users who are gone or disabled are not active (OP-14).
 */
export const introspectionRules =
  (of: ProviderOf, accounts: Accounts) =>
  async (
    ctx: KoaContextWithOIDC,
    client: { clientAuthMethod?: unknown; clientId: string },
    token: { clientId?: string | undefined; accountId?: string },
  ): Promise<boolean> => {
    const isPublic = ctxOf(ctx).oidc.client.settings.kind === 'public';
    if (isPublic && token.clientId !== client.clientId) return false;
    if (token.accountId === undefined) return true;
    if (!(await accounts.find(of.appId, token.accountId))) return false;
    await tellStanding(ctxOf(ctx), of, token);
    return true;
  };

/** RFC 7009 §2.1: a client takes back its own tokens. */
export const revocationRules: NonNullable<Configuration['features']>['revocation'] = {
  enabled: true,
  allowedPolicy: (_ctx, client, token) => {
    if (token.clientId === client.clientId) return Promise.resolve(true);
    throw new errors.InvalidRequest('the token was issued to another client');
  },
};

/** Pages of a public client's own origins may call the endpoints it uses (CORS), and any client's userinfo. */
export const corsRules: Configuration['clientBasedCORS'] = (raw, origin, client) => {
  const { oidc } = ctxOf(raw);
  const isOwn = (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
  const isPublic = (client as unknown as typeof oidc.client).settings.kind === 'public';
  return origin !== 'null' && isOwn && (isPublic || oidc.route === 'userinfo');
};
