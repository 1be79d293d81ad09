import type { GivenProof } from '@countersign/contracts';
import type { Proof } from '../logins/login.types.ts';

/** What this service tells the orchestrator that a login has shown: first factors, the newest of each kind. */
export function givenProofs(proofs: Proof[]): GivenProof[] {
  const newest = new Map<Proof['factor'], Proof>();
  for (const proof of proofs) {
    const known = newest.get(proof.factor);
    if (!known || known.at < proof.at) newest.set(proof.factor, proof);
  }
  return [...newest.values()].flatMap(({ factor, at, flowId }): GivenProof[] => {
    if (factor === 'password' || factor === 'image-passcode') return [{ factor, at }];
    return factor === 'passkey' && flowId !== undefined ? [{ factor, flowId }] : [];
  });
}
