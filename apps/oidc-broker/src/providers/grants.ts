import { usernameKey } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { errors, type Grant } from 'oidc-provider';
import { ProviderRecords } from '../storage/provider-records.ts';
import type { Ctx, ProviderOf } from './provider.types.ts';
import { isSecondFactor } from './request-rules.decide.ts';

interface KeptGrant {
  openid?: { scope?: string; claims?: string[] };
  rejected?: { openid?: { scope?: string; claims?: string[] } };
}

/** What a client may have of a user: per session one grant, which begins as the user's last one to that client. */
@Injectable()
export class Grants {
  constructor(private readonly records: ProviderRecords) {}

  /** The grant of the request under way; undefined: nothing was granted yet. */
  async load(ctx: Ctx, of: ProviderOf): Promise<Grant | undefined> {
    if (isSecondFactor(ctx.oidc.params.scope)) return secondFactorGrant(ctx);
    const { session, client, result, provider } = ctx.oidc;
    const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const own = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    // a grant of somebody else is of no use: the session changed hands
    const usable =
      own?.accountId === session.accountId && own?.clientId === client.clientId ? own : undefined;
    const { consent } = client.settings;
    if (consent === 'ask') return usable ?? this.remembered(ctx, of);
    return implied(ctx, of, usable);
  }

  /** A grant as the user's last one to this client. */
  private async remembered(ctx: Ctx, of: ProviderOf): Promise<Grant | undefined> {
    const { session, client } = ctx.oidc;
    const kept = await this.records.grantTo(of.appId, session.accountId ?? '', client.clientId);
    if (!kept) return undefined;
    const { openid, rejected } = kept as KeptGrant;
    const grant = newGrant(ctx);
    if (openid?.scope) grant.addOIDCScope(openid.scope);
    if (openid?.claims) grant.addOIDCClaims(openid.claims);
    if (rejected?.openid?.scope) grant.rejectOIDCScope(rejected.openid.scope);
    if (rejected?.openid?.claims) grant.rejectOIDCClaims(rejected.openid.claims);
    await grant.save();
    return grant;
  }
}

function newGrant({ oidc }: Ctx): Grant {
  const { client, session, provider } = oidc;
  return new provider.Grant({ clientId: client.clientId, accountId: session.accountId ?? '' });
}

/** The application's own clients ask nobody, but for scopes that MFA protects: those are consented to. */
async function implied(ctx: Ctx, of: ProviderOf, own: Grant | undefined): Promise<Grant> {
  const { requestParamOIDCScopes: asked, requestParamClaims: claims } = ctx.oidc;
  const grant = own ?? newGrant(ctx);
  const isProtected = (name: string) => of.scopes.some((scope) => scope.name === name && scope.mfa);
  const encountered = new Set(grant.getOIDCScopeEncountered().split(' '));
  const scopes = [...asked].filter((name) => !encountered.has(name) && !isProtected(name));
  const known = new Set(grant.getOIDCClaimsEncountered());
  const more = [...claims].filter((claim) => !known.has(claim));
  if (own && scopes.length + more.length === 0) return own;
  if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
  if (more.length > 0) grant.addOIDCClaims(more);
  await grant.save();
  return grant;
}

/** Of a second factor nothing is kept: this grant has no id and no row. */
function secondFactorGrant(ctx: Ctx): Grant {
  const { account, params, requestParamOIDCScopes: scopes, requestParamClaims: claims } = ctx.oidc;
  // V1: whoever the pages let through, the answer is about the user that the request named, or there is none
  if (params.login_hint && account && usernameKey(account.user.username) !== usernameKey(params.login_hint))
    throw new errors.AccessDenied('another user than the requested one');
  const grant = newGrant(ctx);
  grant.addOIDCScope([...scopes].join(' '));
  if (claims.size > 0) grant.rejectOIDCClaims([...claims]);
  return grant;
}
