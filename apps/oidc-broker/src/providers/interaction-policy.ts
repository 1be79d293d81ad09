import { systemClock } from '@countersign/kernel';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { type Asking, firstFactorOf, mfaDue, scopesDue } from '../logins/enforcement.decide.ts';
import { acrRequestOf, reachedBy, statedAcr, wantedAcr } from './acr.decide.ts';
import { type Ctx, ctxOf, type ProviderOf } from './provider.types.ts';
import { isSecondFactor } from './request-rules.decide.ts';
import type { StandingProofs } from './standing-proofs.ts';

const { Check, Prompt, base } = interactionPolicy;

const now = (): number => Math.floor(systemClock.now().getTime() / 1000);

/** What the request wants of acr. */
export const wantedBy = ({ oidc }: Ctx): ReturnType<typeof wantedAcr> => wantedAcr(acrRequestOf(oidc.params));

const isEssential = ({ oidc }: Ctx): boolean => acrRequestOf(oidc.params).claim?.essential === true;

/** Which request is asking: proofs that were shown for it are marked so. */
export const askingOf = ({ oidc }: Ctx): Asking => ({
  clientId: oidc.client.clientId,
  requestId: oidc.entities.Interaction?.cid,
});

const isLogin = ({ oidc }: Ctx): boolean => !isSecondFactor(oidc.params.scope);

/** What the session amounts to for this request. That of a second factor holds nothing but what was just shown. */
export const reachedIn = ({ oidc: { session, params } }: Ctx): ReturnType<typeof reachedBy> =>
  isSecondFactor(params.scope)
    ? (session as ReturnType<typeof reachedBy>)
    : reachedBy(session, session.proofs ?? []);

/** Nobody can show more than the login under way has just shown: the client is told (ST-15). */
function unmet(): never {
  throw new errors.UnmetAuthenticationRequirements('the requested acr could not be reached');
}

/** Whether the acr that was asked for has yet to be reached. */
function lacksAcr(ctx: Ctx): boolean {
  const wanted = wantedBy(ctx);
  if (wanted === 'impossible') return unmet();
  const { session, result } = ctx.oidc;
  if (wanted.length === 0 || session.accountId === undefined) return false;
  if (statedAcr(wanted, reachedIn(ctx).acr) !== undefined) return false;
  return result?.login || result?.secondFactor ? unmet() : true;
}

/**
 * What a request needs before it is answered, in this order: somebody signed in by a first factor with the acr that is
 * wanted; MFA of the client's policy; consent, and MFA of protected scopes. Each is computed anew from what the session
 * has shown (invariant 4). For a second factor only the first applies: it is asked for each time.
 */
export function loginPolicy(of: ProviderOf, standing: StandingProofs): interactionPolicy.DefaultPolicy {
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('the provider has other prompts now');
  for (const reason of ['essential_acrs', 'essential_acr']) login.checks.remove(reason);
  login.checks.add(
    new Check('first_factor_missing', 'End-User authentication is required', 'login_required', (raw) => {
      const ctx = ctxOf(raw);
      if (!isLogin(ctx) || ctx.oidc.session.accountId === undefined) return false;
      return !ctx.oidc.account || firstFactorOf(ctx.oidc.session.proofs ?? []) === undefined;
    }),
  );
  login.checks.add(
    new Check(
      'acr_values',
      'the requested acr was not reached',
      'unmet_authentication_requirements',
      (raw) => {
        const ctx = ctxOf(raw);
        return !isEssential(ctx) && lacksAcr(ctx);
      },
    ),
  );
  login.checks.add(
    new Check(
      'essential_acr',
      'the requested acr was not reached',
      'unmet_authentication_requirements',
      (raw) => {
        const ctx = ctxOf(raw);
        return isEssential(ctx) && lacksAcr(ctx);
      },
    ),
  );
  policy.add(clientMfa(), policy.indexOf(consent));
  consent.checks.add(scopeMfa(of));
  policy.add(standingOnly(of, standing), 0);
  return policy;
}

/**
 * Comes before everything else and asks for nothing: what the session has shown and stands no more is taken from it, and
 * with it what that amounted to (ST-17).
 */
function standingOnly(of: ProviderOf, standing: StandingProofs): interactionPolicy.Prompt {
  const drop = async (raw: KoaContextWithOIDC): Promise<boolean> => {
    const { session, result } = ctxOf(raw).oidc;
    const shown = session.proofs ?? [];
    const left = await standing.of(of.appId, shown, result?.proofs ?? []);
    if (left.length < shown.length) Object.assign(session, { proofs: left, ...reachedBy(session, left) });
    return false;
  };
  return new Prompt(
    { name: 'standing', requestable: false },
    new Check('fallen', 'what was shown stands no more', 'login_required', drop),
  );
}

/** MFA at the client application (C1). */
function clientMfa(): interactionPolicy.Prompt {
  const isDue = (raw: KoaContextWithOIDC): boolean => {
    const ctx = ctxOf(raw);
    const { mfa } = ctx.oidc.client.settings;
    return isLogin(ctx) && mfaDue(mfa, ctx.oidc.session.proofs ?? [], now(), askingOf(ctx));
  };
  return new Prompt(
    { name: 'mfa', requestable: false },
    new Check('client_mfa', 'the client asks for MFA', 'interaction_required', isDue, (raw) => ({
      policy: ctxOf(raw).oidc.client.settings.mfa?.policy,
    })),
  );
}

/** MFA of protected scopes, at consent (C4): what the user has turned down does not wait. */
function scopeMfa(of: ProviderOf): interactionPolicy.Check {
  const due = new WeakMap<object, string[]>();
  const isDue = (raw: KoaContextWithOIDC): boolean => {
    const ctx = ctxOf(raw);
    const { grant, requestParamOIDCScopes: asked, entities } = ctx.oidc;
    const turnedDown = new Set(grant?.getRejectedOIDCScope().split(' '));
    const scopes = of.scopes.filter(({ name, mfa }) => mfa && asked.has(name) && !turnedDown.has(name));
    if (!isLogin(ctx) || scopes.length === 0) return false;
    const waiting = scopesDue(scopes, ctx.oidc.session.proofs ?? [], now(), entities.Interaction?.uid);
    due.set(raw, waiting);
    return waiting.length > 0;
  };
  return new Check('scope_mfa', 'a requested scope asks for MFA', 'interaction_required', isDue, (raw) => {
    const protectedScopes = due.get(raw) ?? [];
    const first = of.scopes.find(({ name }) => name === protectedScopes[0]);
    return { protectedScopes, ...(first?.mfa && { policy: first.mfa.policy }) };
  });
}
