import { currentRecords, RecordUsed, UserEnded } from '../storage/request-records.ts';
import type { ErrorAnswers } from './error-answers.ts';
import { isOutage } from './outages.ts';
import type { Ctx } from './provider.types.ts';

const USED = {
  error: 'invalid_grant',
  error_description: 'grant request is invalid',
};
const USED_REQUEST = {
  error: 'invalid_request_uri',
  error_description: 'request_uri is invalid, expired, or was already used',
};
/** A page: the client asks anew, and finds nobody signed in. */
const ENDED = {
  error: 'invalid_request',
  error_description: 'the session has ended',
};

/**
 * Writes what the request collected before its answer leaves. Where something in it was used by another request
 * meanwhile, or its user's sessions were ended, this answer is not given; where the provider failed or refused to begin anything,
 * nothing is written.
 */
export const writeRecords =
  (answers: ErrorAnswers, appId: string) =>
  async (ctx: Ctx, next: () => Promise<void>): Promise<void> => {
    const records = currentRecords();
    try {
      await next();
      if (ctx.status >= 500 || ctx.status === 429) return records?.buffer.clear();
      await records?.flush();
    } catch (error) {
      // what was presented may stand: whoever refreshed while another session ended tries again, and throws nothing away
      const isToTryAgain = error instanceof UserEnded && ctx.oidc.route === 'token';
      if (isOutage(error) || isToTryAgain) return answers.unavailable(ctx, appId);
      if (!(error instanceof RecordUsed)) throw error;
      for (const header of ['set-cookie', 'location']) ctx.remove(header);
      ctx.status = 400;
      if (ctx.oidc.route === 'token') ctx.body = USED;
      else await answers.render(ctx, appId, error instanceof UserEnded ? ENDED : USED_REQUEST);
    }
  };
