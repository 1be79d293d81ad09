import { errors, type Provider } from 'oidc-provider';
import { mergedProofs } from './proofs.decide.ts';
import type { Ctx, OwnSession } from './provider.types.ts';
import { isSecondFactor } from './request-rules.decide.ts';

/**
 * A session that is never saved and has no cookie, for a request that wants a second factor: such a request reads
 * nothing of the browser's session and leaves nothing in it.
 */
export function leaveSession(ctx: Ctx): OwnSession {
  const { Session } = ctx.oidc.provider as Provider & { Session: new () => OwnSession };
  const session = new Session();
  // what counts as destroyed is not written at the end of the request
  session.destroyed = true;
  ctx.oidc.session = session;
  return session;
}

/** When the user comes back from our pages: what they have shown becomes the session's. */
export function adoptResult(ctx: Ctx): void {
  const { result, session } = ctx.oidc;
  if (isSecondFactor(ctx.oidc.params.scope)) return adoptSecondFactor(ctx);
  // a second factor of an earlier request opens nothing else
  if (result?.secondFactor) throw new errors.AccessDenied('the login was for another kind of request');
  if (result?.proofs) session.proofs = mergedProofs(session.proofs ?? [], result.proofs);
}

function adoptSecondFactor(ctx: Ctx): void {
  const { result } = ctx.oidc;
  const session = leaveSession(ctx);
  const shown = result?.secondFactor;
  if (result?.login || !shown) throw new errors.AccessDenied('no second factor was shown');
  const { accountId, at, amr, acr } = shown;
  Object.assign(session, { accountId, loginTs: at, amr, acr });
  // the prompts of the request are answered by what was shown; there is nothing to consent to
  ctx.oidc.result = { ...result, login: shownLogin(shown), consent: {} };
}

const shownLogin = ({
  accountId,
  at,
  amr,
  acr,
}: {
  accountId: string;
  at: number;
  amr: string[];
  acr: string;
}) => ({
  ...{ accountId, ts: at, amr, acr },
});
