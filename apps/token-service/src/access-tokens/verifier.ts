import type { Platform, UserTokenVerifier } from '@countersign/service-kit';
import { TokenCheck } from './token-check.ts';
import { TokenStates } from './token-states.repository.ts';

/** Whose a user's token is, for this service's own user routes. */
export function localUserTokens({ database, config, clock }: Platform): UserTokenVerifier {
  const tokens = new TokenCheck(TokenStates.of(database), config.publicUrl, clock);
  return async (token, application) => (await tokens.check(application.appId, token))?.verified;
}
