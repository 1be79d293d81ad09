import type { Acr } from '@countersign/contracts';
import { assuranceOf, firstFactorOf } from '../logins/enforcement.decide.ts';
import type { Proof } from '../logins/login.types.ts';
import type { Factor, Standing } from './account.types.ts';

/** How old what was shown may be to change factors, in seconds (security 18; ASVS 7.5.1). */
export const CHANGE_SECONDS = 300;
/** Clocks of our own machines may differ by that. */
const SKEW_SECONDS = 10;

/** Factors that a login can ask for beside the first one. */
export const isSecond = ({ kind, verified, suspect }: Factor): boolean => {
  if (suspect) return false;
  if (kind.startsWith('otp:')) return verified === true;
  return kind === 'totp' || kind === 'passkey' || kind === 'recovery';
};

/** Whether the page is shown at all: somebody signed in here by a first factor. The second factor of an application is no login. */
export const isSignedIn = (proofs: readonly Proof[]): boolean => firstFactorOf(proofs) !== undefined;

/**
 * Whether this session may change factors: it has just been signed in, and whoever has a second factor has just shown one,
 * or a passkey that verified them. Otherwise a stolen password would take the second factor away. Where nobody can say what
 * the user has (`undefined`), they are taken to have one.
 */
export function standingOf(
  proofs: readonly Proof[],
  factors: readonly Factor[] | undefined,
  now: number,
): Standing {
  const recent = recentOf(proofs, now);
  const first = firstFactorOf(recent);
  if (!first) return 'confirm';
  if (factors && !factors.some(isSecond)) return 'sure';
  const isStrong = first.factor === 'passkey' && first.acr !== 'aal1';
  return isStrong || recent.some(({ factor }) => factor === 'mfa') ? 'sure' : 'confirm';
}

/** What the orchestrator is told of the login by which a factor is removed: the recent proofs' assurance, and the oldest of them. */
export function loginOf(proofs: readonly Proof[], now: number): { acr: Acr; authTime: number } {
  const recent = recentOf(proofs, now);
  return { acr: assuranceOf(recent).acr, authTime: Math.min(now, ...recent.map(({ at }) => at)) };
}

const recentOf = (proofs: readonly Proof[], now: number): Proof[] =>
  proofs.filter(
    ({ factor, at }) => factor !== 'device' && at <= now + SKEW_SECONDS && now - at <= CHANGE_SECONDS,
  );
