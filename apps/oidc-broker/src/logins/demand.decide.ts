import { acrRequestOf, wantedAcr } from '../providers/acr.decide.ts';
import type { Login, LoginMode } from './login.types.ts';

/** What of the provider's interaction a login depends on. */
export interface Asked {
  prompt: { name: string; reasons: readonly string[]; details: Readonly<Record<string, unknown>> };
  /** Of the authorization request. */
  params: Readonly<Record<string, unknown>>;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

const words = (value: unknown): string[] =>
  typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [];

/** Scopes of the request. */
const scopesOf = ({ params }: Asked): string[] => [...new Set(words(params.scope))];

/** `openid 2fa` asks for a second factor and lets nobody in. */
export const modeOf = (asked: Asked): LoginMode =>
  scopesOf(asked).includes('2fa') ? 'second-factor' : 'login';

/** Whom the request is about; an empty hint is none. `email_hint` names an address, which is no identifier here. */
export const hintOf = ({ params }: Asked): string | undefined =>
  typeof params.login_hint === 'string' && params.login_hint.trim() !== '' ? params.login_hint : undefined;

/** What the provider asks for. Of consent: scopes that wait; all of them where the client wants to ask again. */
export function demandOf(asked: Asked): Login['demand'] {
  const { prompt } = asked;
  const { details } = prompt;
  const requested = scopesOf(asked);
  const protectedScopes = texts(details.protectedScopes);
  const isAskedAgain = prompt.reasons.some(
    (reason) => reason === 'consent_prompt' || reason === 'native_client_prompt',
  );
  const missing = [...texts(details.missingOIDCScope), ...protectedScopes];
  const waits = (scope: string) => isAskedAgain || missing.includes(scope);
  return {
    prompt: prompt.name === 'mfa' || prompt.name === 'consent' ? prompt.name : 'login',
    ...(typeof details.policy === 'string' && { policy: details.policy }),
    ...(protectedScopes.length > 0 && { protectedScopes }),
    scopes: prompt.name === 'consent' ? requested.filter(waits) : requested,
    claims: prompt.name === 'consent' ? texts(details.missingOIDCClaims) : [],
    ...(requested.includes('2fa_link') && { link: true }),
  };
}

/**
 * Whether the user must be let in anew: every reason for a login but a missing acr, which more proofs can reach
 * (prompt=login, max_age, another user is wanted, nobody is signed in).
 */
export const isFirstFactorAnew = ({ prompt }: Asked): boolean =>
  prompt.name === 'login' &&
  (prompt.reasons.length === 0 || prompt.reasons.some((reason) => !isOfAcr(reason)));

const isOfAcr = (reason: string): boolean => /(^|_)acrs?(_|$)/.test(reason);

/**
 * Values of acr of which one must be reached, as the provider understands the request: those of an essential claim, else
 * those of acr_values that are ours. What nobody here issues is reached by nothing.
 */
export function wantedAcrOf({ params }: Asked): readonly string[] {
  const wanted = wantedAcr(acrRequestOf(params));
  return wanted === 'impossible' ? ['impossible'] : wanted;
}
