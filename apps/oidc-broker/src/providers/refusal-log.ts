import type { Logger } from '@countersign/service-kit';
import { type errors, Provider } from 'oidc-provider';
import { type Ctx, ctxOf, type ProviderOf } from './provider.types.ts';
import { withDetail } from './refusal-words.decide.ts';

/** Told by the provider for each request that it refuses, by endpoint. */
const REFUSALS = [
  ...['authorization.error', 'grant.error', 'pushed_authorization_request.error', 'userinfo.error'],
  ...['introspection.error', 'revocation.error', 'end_session.error', 'end_session_confirm.error'],
];

/** Longest text of the provider's that is logged. */
const MOST = 300;

/**
 * Logs why requests are refused: a line each, with the client (one that is registered: an id that is not is text of
 * strangers), error, description and what the provider tells nobody. Never a code, token, verifier or parameter. Outside
 * production the detail is in the answer too: `invalid_grant` alone has nine causes.
 */
export function tellRefusals(
  provider: Provider,
  { appId }: ProviderOf,
  { logger, isProduction }: { logger: Logger; isProduction: boolean },
): void {
  const tell = (raw: never, error: errors.OIDCProviderError): void => {
    const ctx = ctxOf(raw);
    const { error_description: description, error_detail: detail } = error;
    const about = {
      appId,
      clientId: ctx.oidc.client?.clientId,
      endpoint: ctx.oidc.route,
      error: error.error,
    };
    const why = { description: description?.slice(0, MOST), detail: detail?.slice(0, MOST) };
    logger.info({ reqId: ctx.response.get('x-correlation-id'), ...about, ...why }, 'a request was refused');
    if (!isProduction && detail !== undefined) explain(ctx, detail);
  };
  for (const name of REFUSALS) provider.on(name as 'grant.error', tell as never);
}

/** Only of answers to programs: pages have their own words. */
function explain({ body }: Ctx, detail: string): void {
  if (body === null || typeof body !== 'object' || !('error' in body)) return;
  const { error_description: description } = body as { error_description?: string };
  Object.assign(body, { error_description: withDetail(description, detail) });
}
