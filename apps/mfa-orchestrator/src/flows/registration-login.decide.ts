import type { Facts } from './facts.types.ts';
import type { ShownProof } from './proof.types.ts';

/** A passkey as its making shows it: its maker was there, and was verified or not. */
const made = (proof: ShownProof, verifies: boolean): ShownProof => ({
  ...proof,
  factor: 'passkey',
  acr: verifies ? 'aal2' : 'aal1',
  amr: ['pop', 'user'],
  categories: verifies ? ['possession', 'inherence'] : ['possession'],
});

/**
 * What a registration shows of its user, as proofs of a login: the login whose token opened it, as it was; else the
 * application that granted it, and the passkey that was made.
 */
export function loginProofs({ proofs, enrolled }: Pick<Facts, 'proofs' | 'enrolled'>): ShownProof[] {
  const verifies = enrolled.some(({ factor, acr }) => factor === 'passkey' && acr === 'aal2');
  return proofs.flatMap((proof): ShownProof[] => {
    if (proof.factor === 'passkey:reg') return byLogin(proofs) ? [] : [made(proof, verifies)];
    if (proof.reference.startsWith('access:')) return [proof];
    return proof.reference.startsWith('grant:') ? [{ ...proof, factor: 'external', amr: ['ext'] }] : [];
  });
}

const byLogin = (proofs: ShownProof[]): boolean =>
  proofs.some(({ factor, reference }) => factor === 'grant' && reference.startsWith('access:'));

/** Whether the flow is a registration that no login opened. */
export const isNewcomer = (facts: Pick<Facts, 'proofs'>): boolean =>
  isRegistration(facts) && !byLogin(facts.proofs);

/** Whether the flow is a registration. */
export const isRegistration = ({ proofs }: Pick<Facts, 'proofs'>): boolean =>
  proofs.some(({ factor }) => factor === 'grant');
