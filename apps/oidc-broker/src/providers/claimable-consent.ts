import { errors, interactionPolicy } from 'oidc-provider';
import { isBuiltIn } from '../clients/built-in.ts';
import { isClaimableUri } from '../clients/client-uri.decide.ts';
import { type Ctx, ctxOf } from './provider.types.ts';
import { isSecondFactor } from './request-rules.decide.ts';

const { Check } = interactionPolicy;

/** Of a check that the provider brings along, for native clients alone: pages know it by this name. */
const REASON = 'native_client_prompt';

/**
 * Whether another program on the user's machine could be answered in the client's stead: it proves nothing, and where it
 * is answered is anybody's there. `localhost` as much as `127.0.0.1`; the provider takes the one for a web page. A second
 * factor is asked for each time anyway. Our own pages are exempt on a developer's machine.
 */
function isClaimable({ oidc }: Ctx): boolean {
  const { client, params } = oidc;
  if (client.applicationType === 'native') return true;
  if (client.settings.kind !== 'public' || isBuiltIn(client.settings)) return false;
  return !isSecondFactor(params.scope) && isClaimableUri(params.redirect_uri ?? '');
}

/** RFC 8252 §8.6: there the user sees each time who asks for what, whatever they said before. */
export function askWhereClaimable(policy: interactionPolicy.DefaultPolicy): interactionPolicy.DefaultPolicy {
  const checks = policy.get('consent')?.checks;
  if (!checks?.get(REASON)) throw new Error('the provider has other checks now');
  checks.remove(REASON);
  checks.add(
    new Check(REASON, 'consent is asked for each time', 'interaction_required', (raw) => {
      const ctx = ctxOf(raw);
      if (!isClaimable(ctx) || ctx.oidc.result?.consent) return false;
      // registered, so no text of strangers
      const host = URL.parse(ctx.oidc.params.redirect_uri ?? '')?.hostname || 'that address';
      if (ctx.oidc.params.prompt === 'none') throw refusal(host);
      return true;
    }),
  );
  return policy;
}

function refusal(host: string): Error {
  const description = `consent is asked for each time: another program could be answered at ${host}`;
  // as the provider's own refusals of prompt=none
  return Object.assign(new errors.InteractionRequired(description), { status: 303, statusCode: 303 });
}
