import { DatabaseUnavailable } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import type { Ctx } from './provider.types.ts';

const RETRY_SECONDS = 2;

/** Said instead of `server_error`: nothing is wrong with the request, and it may be sent again. */
export const UNAVAILABLE = {
  error: 'temporarily_unavailable',
  error_description: 'this is not available right now',
} as const;

/** Whether it failed because something that it needs is away for the moment. */
export const isOutage = (error: unknown): boolean =>
  error instanceof DatabaseUnavailable || error instanceof ServiceUnavailable;

/** 503 and when to come again. */
export function tellOutage(ctx: Ctx): void {
  ctx.status = 503;
  ctx.set('retry-after', String(RETRY_SECONDS));
}

/** The provider says `server_error` to whatever it did not expect. Its pages are ours, and say it by themselves. */
export function tellFailure(ctx: Ctx, error: unknown): void {
  if (!isOutage(error)) return;
  tellOutage(ctx);
  if (ctx.body !== null && typeof ctx.body === 'object') ctx.body = UNAVAILABLE;
}
