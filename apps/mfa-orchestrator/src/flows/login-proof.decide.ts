import { ACR_LADDER, type Acr, type VerifiedToken } from '@countersign/contracts';
import type { Proof } from './proof.types.ts';

const acrOf = (acr: string): Acr => ACR_LADDER.find((known) => known === acr) ?? 'aal1';

/** An earlier login, shown by its access token: counts where a policy takes a login of that age (step-up). */
export const earlierLogin = (
  token: Pick<VerifiedToken, 'jti' | 'acr' | 'amr' | 'authTime'>,
): Proof & { authenticatedAt: Date } => ({
  factor: 'login',
  reference: `login:${token.jti}`,
  acr: acrOf(token.acr),
  amr: token.amr,
  categories: [],
  authenticatedAt: new Date(token.authTime * 1000),
});

/** Reference of the proof that nobody gave: the application is open to whoever is new. */
export const OPEN_REGISTRATION = 'open-registration';

/** What opens a registration: a `reg:write` grant, or the user's own access token; null: the application is open to all. */
export const registrationProof = (
  token: Pick<VerifiedToken, 'kind' | 'jti' | 'acr' | 'amr' | 'authTime' | 'category'> | null,
): Proof & { authenticatedAt?: Date } => ({
  factor: 'grant',
  reference: token ? `${token.kind}:${token.jti}` : OPEN_REGISTRATION,
  acr: token ? acrOf(token.acr) : 'aal1',
  amr: token?.kind === 'access' ? token.amr : [],
  categories: token?.kind === 'grant' ? [token.category ?? 'knowledge'] : [],
  // what a login opens is as old as the login: no registration makes it fresh again
  ...(token?.kind === 'access' && { authenticatedAt: new Date(token.authTime * 1000) }),
});
