import { ACR_LADDER, type Acr } from '@countersign/contracts';
import type { EnrolledFactor, Proof } from './proof.types.ts';

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

/** The assurance of the strongest factor a user has; undefined if they have none. */
export const strongest = (enrolled: EnrolledFactor[]): Acr | undefined =>
  enrolled.reduce<Acr | undefined>((acr, { acr: own }) => (acr ? higher(acr, own) : own), undefined);

/**
 * Whether a factor may be added or removed after `proofs`: they must be as strong as the strongest factor there is; a
 * first factor needs somebody who vouches, the application (`external`, an earlier login) or its grant.
 */
export function mayEnrol(proofs: Proof[], enrolled: EnrolledFactor[]): boolean {
  const needed = strongest(enrolled);
  if (needed !== undefined) return proofs.length > 0 && rank(assurance(proofs).acr) >= rank(needed);
  return proofs.some(({ factor }) => factor === 'external' || factor === 'grant' || factor === 'login');
}
