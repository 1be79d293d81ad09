import { ACR_LADDER, type Acr } from '@countersign/contracts';
import type { Factor, Policy } from '../policies/policy.schemas.ts';

/** One factor shown in one flow. */
export interface Proof {
  factor: Factor;
  /** What was consumed for it: two proofs with one reference are one proof. */
  reference: string;
  acr: Acr;
  amr: string[];
}

/** What is known when the next step is decided. Policies are the current ones: raised since, they hold. */
export interface Facts {
  policies: Policy[];
  /** Names of policies that are demanded but do not exist any more. */
  missingPolicies: string[];
  proofs: Proof[];
}

/** What comes next, and why: rule ids and codes, `code:reference`. */
export type Next =
  | { kind: 'complete'; because: string[] }
  | { kind: 'next'; next: Factor[]; because: string[] }
  | { kind: 'deny'; because: string[] };

const rank = (acr: Acr): number => ACR_LADDER.indexOf(acr);

/** Whether every factor of `alternative` is shown by a proof of its own that counts under `policy`. */
function shown(alternative: Factor[], policy: Policy, proofs: Proof[]): boolean {
  const left = new Map(
    proofs
      .filter((proof) => !policy.minAcr || rank(proof.acr) >= rank(policy.minAcr))
      .map((proof) => [proof.reference, proof.factor]),
  );
  return alternative.every((factor) => {
    for (const [reference, has] of left) if (has === factor) return left.delete(reference);
    return false;
  });
}

/**
 * What must this user do next? Satisfied is derived from the proofs each time, never remembered (invariant 4).
 * Several policies: every one must be satisfied; a policy that is gone denies.
 */
export function decideNext({ policies, missingPolicies, proofs }: Facts): Next {
  if (missingPolicies.length > 0) {
    return { kind: 'deny', because: missingPolicies.map((name) => `policy-missing:${name}`) };
  }
  if (policies.length === 0) return { kind: 'deny', because: ['no-policy'] };
  const open = policies.filter((policy) => !policy.satisfiedBy.some((way) => shown(way, policy, proofs)));
  if (open.length === 0) {
    return { kind: 'complete', because: policies.map((policy) => `policy:${policy.name}`) };
  }
  const needed = new Set(open.flatMap((policy) => policy.satisfiedBy.flat()));
  const next = [...new Set(open.flatMap((policy) => policy.offers))].filter((factor) => needed.has(factor));
  if (next.length === 0) return { kind: 'deny', because: open.map((policy) => `no-action:${policy.name}`) };
  return { kind: 'next', next, because: open.map((policy) => `policy:${policy.name}`) };
}

/** Highest assurance among the proofs, and every method named by one. */
export function assurance(proofs: Proof[]): { acr: Acr; amr: string[] } {
  const best = Math.max(0, ...proofs.map((proof) => rank(proof.acr)));
  return { acr: ACR_LADDER[best] ?? 'aal1', amr: [...new Set(proofs.flatMap((proof) => proof.amr))] };
}

/** Codes without what they refer to: what a caller who has proved nothing may read. */
export const neutral = (because: string[]): string[] => [
  ...new Set(because.map((reason) => reason.split(':')[0] ?? reason)),
];
