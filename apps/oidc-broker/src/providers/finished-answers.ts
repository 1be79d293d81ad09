import type { Ctx } from './provider.types.ts';

/** Response modes that clients may use: the provider lists all that it knows. */
const MODES = ['query', 'form_post'];

/**
 * Answers that clients and browsers would stumble over as the provider gives them.
 *
 * - Revocation (RFC 7009 §2.2): clients ignore the body, but many read it as JSON first: `{}`, not an empty text.
 * - Pages with the provider's own script: its digest stands beside `'none'` in `script-src`, which then means nothing
 *   (CSP 3 §2.3.1) and is complained of.
 * - Discovery: {@link MODES}.
 */
export async function finishAnswer(ctx: Ctx, next: () => Promise<void>): Promise<void> {
  await next();
  const route = ctx.oidc?.route;
  if (route === 'revocation' && ctx.status === 200) ctx.body = {};
  if (route === 'discovery') Object.assign(ctx.body as object, { response_modes_supported: MODES });
  const policy = ctx.response.get('content-security-policy');
  if (policy.includes("'none' 'sha256-"))
    ctx.set('content-security-policy', policy.replace("'none' 'sha256-", "'sha256-"));
}
