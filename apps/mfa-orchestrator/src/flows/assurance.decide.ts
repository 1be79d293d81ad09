import { ACR_LADDER, type Acr } from '@countersign/contracts';
import type { EnrolledFactor, Proof, ShownProof } from './proof.types.ts';

export const rank = (acr: Acr): number => ACR_LADDER.indexOf(acr);

export const higher = (a: Acr, b: Acr): Acr => (rank(a) >= rank(b) ? a : b);

/** Whether `proofs` show two distinct categories by two authenticators (NIST SP 800-63B-4 §2.2); one that shows two by itself does. */
function multiFactor(proofs: Pick<Proof, 'categories'>[]): boolean {
  if (proofs.some(({ categories }) => new Set(categories).size > 1)) return true;
  return new Set(proofs.flatMap(({ categories }) => categories)).size > 1;
}

/**
 * What the proofs of a flow amount to: the highest assurance of one of them, aal2 where they are two factors together,
 * and every method named by one (RFC 8176), with `mfa` where they are several factors. E-mail is of no category, so it
 * never makes a second one (NIST SP 800-63B-4 §3.1.3.1).
 */
export function assurance(proofs: Proof[]): { acr: Acr; amr: string[] } {
  const best = proofs.reduce<Acr>((acr, proof) => higher(acr, proof.acr), 'aal1');
  const several = multiFactor(proofs);
  const amr = new Set(proofs.flatMap((proof) => proof.amr));
  if (several) amr.add('mfa');
  return { acr: several ? higher(best, 'aal2') : best, amr: [...amr] };
}

/** How old a login may be to add or remove factors with its access token, in seconds (ASVS 7.5.1). */
export const FRESH_LOGIN_SECONDS = 900;

/** Whether a login at `authTime` (seconds since the epoch) is recent enough to change factors. */
export const isFresh = (authTime: number, now: Date): boolean =>
  now.getTime() / 1000 - authTime <= FRESH_LOGIN_SECONDS;

/**
 * Whether a token of `acr` is as strong as the strongest factor its user has (ASVS 7.5.1); where there is none, any is.
 * By `acr` alone, for that is what a token says: a mailbox and a possession are both aal1 here. {@link mayEnrol} knows
 * what was shown, and tells them apart.
 */
export const asStrongAs = (acr: Acr, enrolled: EnrolledFactor[]): boolean =>
  enrolled.every((factor) => rank(acr) >= rank(factor.acr));

/** How strong proofs are for adding factors: several factors, one of some category, or one of none (a mailbox). */
function strength(proofs: Pick<Proof, 'acr' | 'amr' | 'categories' | 'factor' | 'reference'>[]): number {
  if (proofs.length === 0) return -1;
  if (rank(assurance(proofs).acr) >= rank('aal2')) return 2;
  return proofs.some(({ categories, factor }) => categories.length > 0 || factor === 'grant') ? 1 : 0;
}

const strengthOf = ({ acr, factor }: EnrolledFactor): number =>
  rank(acr) >= rank('aal2') ? 2 : factor === 'otp:email' ? 0 : 1;

/**
 * Whether a factor may be added after what was shown in this flow: it must be as strong as the strongest factor there
 * is, by what was shown (a mailbox is less than a possession, unlike in {@link asStrongAs}), and an earlier login, or a
 * passkey shown in one, is not shown in this flow. A first factor needs somebody who vouches: the application
 * (`external`) or its grant. {@link mayEnrolByFirstFactor} is the one exception.
 */
export function mayEnrol(
  proofs: (Proof & Partial<Pick<ShownProof, 'authenticatedAt'>>)[],
  enrolled: EnrolledFactor[],
): boolean {
  const shown = proofs.filter(
    ({ factor, authenticatedAt }) => factor !== 'login' && !(factor === 'passkey' && authenticatedAt),
  );
  if (enrolled.length === 0) return shown.some(({ factor }) => factor === 'external' || factor === 'grant');
  return strength(shown) >= Math.max(...enrolled.map(strengthOf));
}

/**
 * Whether a first factor of ours may be added on the strength of a password or passcode that oidc-broker has just seen:
 * only where a policy says so (`enrols`) and the user has none at all. A locked one is one: else locking it would be the
 * way to replace it.
 */
export const mayEnrolByFirstFactor = (proofs: ShownProof[], enrolled: EnrolledFactor[], now: Date): boolean =>
  enrolled.length === 0 &&
  proofs.some(
    ({ factor, authenticatedAt }) =>
      (factor === 'password' || factor === 'image-passcode') &&
      authenticatedAt !== null &&
      isFresh(authenticatedAt.getTime() / 1000, now),
  );
