import type { Acr } from '@countersign/contracts';
import { CHANGE_SECONDS } from '../clients/built-in.ts';
import { assuranceOf, firstFactorOf } from '../logins/enforcement.decide.ts';
import type { Proof } from '../logins/login.types.ts';
import type { Factor, ImagesShown, PasscodeStanding, Standing } from './account.types.ts';

/** Clocks of our own machines may differ by that. */
const SKEW_SECONDS = 10;

/** Whether a login can ask for something beside the first factor. Where nobody can say what there is, it can. */
export const hasSecond = (factors: readonly Factor[] | undefined): boolean =>
  factors === undefined || factors.some(isSecond);

const isSecond = ({ kind, verified, suspect }: Factor): boolean => {
  if (suspect) return false;
  if (kind.startsWith('otp:')) return verified === true;
  return kind === 'totp' || kind === 'passkey' || kind === 'recovery';
};

/** Whether a first factor was shown recently enough for changes. */
export const isFirstRecent = (proofs: readonly Proof[], now: number): boolean =>
  isSignedIn(recentOf(proofs, now));

/** Whether the page is shown at all: somebody signed in here by a first factor. The second factor of an application is no login. */
export const isSignedIn = (proofs: readonly Proof[]): boolean => firstFactorOf(proofs) !== undefined;

/**
 * Whether this session may change factors: it has just been signed in, and whoever has a second factor has just shown one,
 * or a passkey that verified them. Otherwise a stolen password would take the second factor away. Where nobody can say what
 * the user has (`undefined`), they are taken to have one. Whose one other factor is an image passcode has just shown that.
 */
export function standingOf(
  proofs: readonly Proof[],
  { factors, passcode }: { factors: readonly Factor[] | undefined; passcode: PasscodeStanding },
  now: number,
): Standing {
  const recent = recentOf(proofs, now);
  const first = firstFactorOf(recent);
  if (!first) return 'confirm';
  const isStrong = first.factor === 'passkey' && first.acr !== 'aal1';
  if (isStrong || recent.some(({ factor }) => factor === 'mfa')) return 'sure';
  // knowledge beside a password is no second factor: it does not stand in for one
  if (hasSecond(factors)) return 'confirm';
  return passcode === 'held' ? 'images' : 'sure';
}

/** Whether the passcode that was made at `enrolledAt` was shown to this session just now; what was shown of a former one is nothing. */
export function passcodeStandingOf(
  enrolledAt: Date | undefined,
  shown: ImagesShown | undefined,
  now: number,
): PasscodeStanding {
  if (!enrolledAt) return 'none';
  return shown?.enrolledAt === enrolledAt.getTime() && isRecent(shown.at, now) ? 'shown' : 'held';
}

/**
 * Whether the passcode may be made, replaced or removed. Like a password it goes for itself only, whatever else was shown:
 * what the orchestrator asks for may have been added on the word of the password alone (a policy's `enrols`).
 */
export const mayChangePasscode = (standing: Standing, passcode: PasscodeStanding): boolean =>
  standing === 'sure' && passcode !== 'held';

/** What the orchestrator is told of the login by which a factor is removed: the recent proofs' assurance, and the oldest of them. */
export function loginOf(proofs: readonly Proof[], now: number): { acr: Acr; authTime: number } {
  const recent = recentOf(proofs, now);
  return { acr: assuranceOf(recent).acr, authTime: Math.min(now, ...recent.map(({ at }) => at)) };
}

const recentOf = (proofs: readonly Proof[], now: number): Proof[] =>
  proofs.filter(({ factor, at }) => factor !== 'device' && isRecent(at, now));

const isRecent = (at: number, now: number): boolean => at <= now + SKEW_SECONDS && now - at <= CHANGE_SECONDS;
