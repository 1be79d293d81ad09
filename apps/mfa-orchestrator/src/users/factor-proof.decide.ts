import type { Proof } from '../flows/proof.types.ts';
import { type Enrolment, ENROLS, type OwnFactor } from '../policies/factors.ts';

/** What references of proofs begin with: an address is one contact, whatever channel it is on. */
export const referencePrefix = (kind: OwnFactor): string => (kind.startsWith('otp:') ? 'contact' : kind);

/**
 * What a code shows that only comes from something the user has: an authenticator app (NIST SP 800-63B-4 §3.1.4) or a
 * list of recovery codes (§3.1.2). `id` is the app's or the one code's.
 */
export const possessionProof = (factor: 'totp' | 'recovery', id: string): Proof => ({
  factor,
  reference: `${referencePrefix(factor)}:${id}`,
  acr: 'aal1',
  amr: ['otp'],
  categories: ['possession'],
});

/**
 * What enrolling a factor shows: that it was done in this flow, no more. It has neither category nor method, or whoever
 * holds one factor could make themselves a second (NIST SP 800-63B-4 §4.1.2). Its reference is not the factor's own:
 * showing that afterwards is another proof.
 */
export const enrolmentProof = (factor: Enrolment, id: string): Proof => ({
  factor,
  reference: `${referencePrefix(ENROLS[factor])}:enrol:${id}`,
  acr: 'aal1',
  amr: [],
  categories: [],
});
