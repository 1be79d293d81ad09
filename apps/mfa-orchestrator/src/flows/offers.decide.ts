import type { Category, Factor } from '../policies/factors.ts';
import type { AloneCase, Policy } from '../policies/policy.schemas.ts';
import type { Facts } from './facts.types.ts';
import type { ShownProof } from './proof.types.ts';
import { counting } from './satisfied.decide.ts';

/** What is left of an alternative: each factor as often as it is named and not yet shown by an authenticator of its own. */
function left(way: Factor[], counted: ShownProof[]): Factor[] {
  const shown = new Map(counted.map((proof) => [proof.reference, proof.factor as Factor]));
  return way.filter((factor) => {
    const used = [...shown].find(([, has]) => has === factor);
    return used === undefined || !shown.delete(used[0]);
  });
}

/** Categories a factor can add; the application's own check may be of any. */
const CAN_ADD: Partial<Record<Factor, Category[]>> = {
  passkey: ['possession', 'inherence'],
  'otp:sms': ['possession'],
  totp: ['possession'],
  recovery: ['possession'],
  external: ['knowledge', 'possession', 'inherence'],
};

/** Factors that bring a policy nearer: missing from an alternative or, where assurance alone is short, of a new category. */
function useful(policy: Policy, counted: ShownProof[]): Set<Factor> {
  const missing = policy.satisfiedBy.map((way) => left(way, counted));
  if (!missing.some((rest) => rest.length === 0)) return new Set(missing.flat());
  const done = new Set<string>(counted.map(({ factor }) => factor));
  const has = new Set(counted.flatMap(({ categories }) => categories));
  const adds = (factor: Factor) => CAN_ADD[factor]?.some((category) => !has.has(category)) ?? false;
  return new Set(policy.offers.filter((factor) => !done.has(factor) && adds(factor)));
}

/** The factors this policy offers the user now, in its order. Concealed, nothing depends on what the user has. */
export function offersOf(policy: Policy, facts: Facts): Factor[] {
  const counted = counting(policy, facts.proofs, facts.now);
  const wanted = useful(policy, counted);
  const has = new Map(facts.enrolled.map((one) => [one.factor as Factor, one]));
  return policy.offers.filter((factor) => {
    if (!wanted.has(factor) || facts.absent.includes(factor)) return false;
    // without a name there is nobody to send a code to; a passkey or the application says who it is
    if (facts.anonymous) return factor === 'external' || factor === 'passkey';
    if (factor === 'external' || facts.concealed) return true;
    return has.get(factor)?.usable ?? false;
  });
}

/** The case in which `external` stands alone under this policy, if it does: the seed's three (LoginID). */
export function alone(policy: Policy, facts: Facts): AloneCase | undefined {
  if (!policy.offers.includes('external')) return undefined;
  const counted = counting(policy, facts.proofs, facts.now);
  if (!useful(policy, counted).has('external') || counted.some(({ factor }) => factor === 'external'))
    return undefined;
  return policy.externalAlone?.find((which) => {
    switch (which) {
      case 'passkey-failed':
        return facts.failed.includes('passkey');
      case 'no-passkey':
        return (
          !facts.concealed && !facts.anonymous && !facts.enrolled.some(({ factor }) => factor === 'passkey')
        );
      case 'new-device':
        return !facts.deviceTrusted;
    }
  });
}
