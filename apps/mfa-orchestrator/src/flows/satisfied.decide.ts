import type { Factor } from '../policies/factors.ts';
import type { Policy } from '../policies/policy.schemas.ts';
import { assurance, rank } from './assurance.decide.ts';
import type { Facts } from './facts.types.ts';
import type { Proof, ShownProof } from './proof.types.ts';

/** The proofs that count under a policy, with enrolments counting as the factor they brought. */
export function counting(policy: Policy, proofs: ShownProof[], now: Date): ShownProof[] {
  return proofs.filter((proof) => {
    if (policy.minAcr && rank(proof.acr) < rank(policy.minAcr)) return false;
    if (proof.factor === 'passkey' && policy.userVerification === 'required')
      return proof.categories.length > 1;
    if (proof.factor !== 'login') return true;
    const age = now.getTime() - (proof.authenticatedAt ?? proof.shownAt).getTime();
    return policy.loginMaxAgeSeconds !== undefined && age <= policy.loginMaxAgeSeconds * 1000;
  });
}

/** Whether every factor of `way` is shown by an authenticator of its own. */
function shown(way: Factor[], proofs: Proof[]): boolean {
  const left = new Map(proofs.map((proof) => [proof.reference, proof.factor]));
  return way.every((factor) => {
    for (const [reference, has] of left) if (has === factor) return left.delete(reference);
    return false;
  });
}

/** Whether `proofs` satisfy `policy` now. */
export function satisfies(policy: Policy, proofs: ShownProof[], now: Date): boolean {
  const counted = counting(policy, proofs, now);
  if (!policy.satisfiedBy.some((way) => shown(way, counted))) return false;
  return !policy.combinedAcr || rank(assurance(counted).acr) >= rank(policy.combinedAcr);
}

/** The proofs that any of the policies counts: what tokens and decisions may say of the flow. */
export function counted({ policies, proofs, now }: Pick<Facts, 'policies' | 'proofs' | 'now'>): ShownProof[] {
  const references = new Set(
    policies.flatMap((policy) => counting(policy, proofs, now).map(({ reference }) => reference)),
  );
  return proofs.filter(({ reference }) => references.has(reference));
}
