import { errors, type Grant, Provider } from 'oidc-provider';
import { type Satisfied, satisfiedBy } from '../logins/enforcement.decide.ts';
import { askingOf } from './interaction-policy.ts';
import { type Ctx, ctxOf, type ProviderOf } from './provider.types.ts';
import { fallenScopes, refreshRefusal } from './standing-scopes.decide.ts';

/** What is issued on the ground of a login. */
const ISSUED = ['AuthorizationCode', 'AccessToken', 'RefreshToken'] as const;

interface Kept {
  satisfied?: Satisfied | undefined;
  /** When the user was let in, seconds since the epoch: an access token does not say that by itself. */
  letInAt?: number | undefined;
}

/**
 * Keeps with what is issued which policies were satisfied by then, and when its user was let in: of the session, handed on
 * from code to tokens.
 */
export function keepSatisfied(provider: Provider): void {
  for (const name of ISSUED) {
    const model = provider[name] as unknown as {
      IN_PAYLOAD: string[];
      prototype: Kept & { save(): unknown };
    };
    const payload = model.IN_PAYLOAD;
    Object.defineProperty(model, 'IN_PAYLOAD', { get: () => [...payload, 'satisfied', 'letInAt'] });
    const { save } = model.prototype;
    Object.assign(model.prototype, {
      save(this: Kept) {
        const { ctx } = Provider;
        if (ctx) {
          this.satisfied = satisfiedIn(ctxOf(ctx));
          this.letInAt = letInAt(ctxOf(ctx));
        }
        return save.call(this);
      },
    });
  }
}

function satisfiedIn(ctx: Ctx): Satisfied | undefined {
  const { route, entities, session } = ctx.oidc;
  if (route !== 'token') return satisfiedBy(session.proofs ?? [], askingOf(ctx));
  return (entities.RotatedRefreshToken ?? entities.AuthorizationCode)?.satisfied;
}

function letInAt({ oidc }: Ctx): number | undefined {
  const { RotatedRefreshToken, AuthorizationCode } = oidc.entities;
  return ((RotatedRefreshToken ?? AuthorizationCode) as { authTime?: number } | undefined)?.authTime;
}

/**
 * A refresh answers what is asked of the client and of scopes now (ST-08, invariant 4): refused where the client's MFA was
 * not shown, and without the scopes that have fallen. The token keeps its scopes: they are looked at each time.
 */
export async function refreshStanding(
  ctx: Ctx,
  of: ProviderOf,
  otherwise: (ctx: Ctx) => Promise<void>,
): Promise<void> {
  const { client, params, provider } = ctx.oidc;
  const token = await provider.RefreshToken.find(params.refresh_token ?? '', { ignoreExpiration: true });
  // what cannot be used is refused there, and ends its family where it was used before
  if (!token?.isValid || token.clientId !== client.clientId) return otherwise(ctx);
  const issued = { scopes: token.scopes, satisfied: (token as Kept).satisfied };
  const fallen = fallenScopes(issued, client.settings, of.scopes);
  const refusal = refreshRefusal(issued, client.settings, fallen);
  if (refusal !== undefined) throw new errors.InvalidGrant(refusal);
  if (fallen.length > 0) {
    const asked = params.scope === undefined ? [...issued.scopes] : params.scope.split(' ');
    const left = asked.filter((scope) => !fallen.includes(scope));
    // an empty parameter would mean all of them
    if (left.length === 0)
      throw new errors.InvalidScope('the scope may not be given now', params.scope ?? '');
    params.scope = left.join(' ');
  }
  return otherwise(ctx);
}

/** Who asks about a token is told of the scopes that it still has. */
export async function tellStanding(
  { oidc }: Ctx,
  of: ProviderOf,
  token: { clientId?: string | undefined; scope?: string | undefined },
): Promise<void> {
  const client = (await oidc.provider.Client.find(token.clientId ?? '')) as Ctx['oidc']['client'] | undefined;
  if (!client) return;
  const scopes = new Set((token.scope ?? '').split(' '));
  const { satisfied } = token as Kept;
  const fallen = fallenScopes({ scopes, satisfied }, client.settings, of.scopes);
  token.scope = [...scopes].filter((scope) => !fallen.includes(scope)).join(' ');
}

/** Scopes of an access token that have fallen tell nothing more. The grant is this request's, and is not kept. */
export function dropFallen({ oidc }: Ctx, of: ProviderOf, grant: Grant): void {
  const token = oidc.entities.AccessToken;
  if (!token) return;
  const fallen = fallenScopes(token, oidc.client.settings, of.scopes);
  if (fallen.length > 0) grant.rejectOIDCScope(fallen.join(' '));
}
