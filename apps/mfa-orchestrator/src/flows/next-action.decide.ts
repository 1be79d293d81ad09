import { actionOf, type Action, ENROLS, type Factor } from '../policies/factors.ts';
import type { AloneCase, Policy } from '../policies/policy.schemas.ts';
import { mayEnrol, mayEnrolByFirstFactor } from './assurance.decide.ts';
import type { Facts } from './facts.types.ts';
import { alone, offersOf } from './offers.decide.ts';
import { satisfies } from './satisfied.decide.ts';

/** What comes next, and why: rule ids and codes, `code:reference`. */
export type Next = { kind: 'complete'; because: string[] } | NextStep | { kind: 'deny'; because: string[] };

/** Another step is needed: one of `next`. */
export type NextStep = { kind: 'next'; next: Action[]; because: string[] };

/**
 * What must this user do next? Satisfied is derived from the proofs each time, never remembered (invariant 4).
 * Several policies: every one must be satisfied; a policy that is gone denies. Then come the enrolments.
 */
export function decideNext(facts: Facts): Next {
  const { policies, missingPolicies, proofs, now } = facts;
  if (missingPolicies.length > 0) {
    return { kind: 'deny', because: missingPolicies.map((name) => `policy-missing:${name}`) };
  }
  if (policies.length === 0) return { kind: 'deny', because: ['no-policy'] };
  const open = policies.filter((policy) => !satisfies(policy, proofs, now));
  return open.length > 0 ? prove(facts, open) : enrol(facts);
}

function prove(facts: Facts, open: Policy[]): Next {
  const because = open.map((policy) => `policy:${policy.name}`);
  const case_ = open.map((policy) => alone(policy, facts)).find((found): found is AloneCase => !!found);
  const all = case_ ? (['external'] as Factor[]) : [...new Set(open.flatMap((p) => offersOf(p, facts)))];
  // an outage changes what is offered, never what is required
  const up = all.filter((factor) => !facts.down.includes(factor));
  const offered = up.length > 0 ? up : all;
  const missing = all.filter((factor) => !offered.includes(factor)).map((factor) => `channel-down:${factor}`);
  const next = offered.flatMap((factor) => actionOf(factor, facts.context) ?? []);
  if (next.length === 0) return enrolFirst(facts, open);
  return { kind: 'next', next, because: [...because, ...(case_ ? [case_] : []), ...missing] };
}

/** There is nothing to ask for: what a policy enrols is, where a first factor may bring the second; else nobody gets in. */
function enrolFirst({ proofs, enrolled, absent, concealed, now }: Facts, open: Policy[]): Next {
  const deny: Next = { kind: 'deny', because: open.map((policy) => `no-action:${policy.name}`) };
  if (concealed || !mayEnrolByFirstFactor(proofs, enrolled, now)) return deny;
  const wanted = [...new Set(open.flatMap((policy) => policy.enrols ?? []))];
  const next = wanted.filter((enrolment) => !absent.includes(ENROLS[enrolment]));
  const because = next.map((enrolment) => `enrol:${enrolment}`);
  return next.length > 0 ? { kind: 'next', next, because } : deny;
}

/** Policies are satisfied: what is still to be enrolled, for those who may. */
function enrol(facts: Facts): Next {
  const { policies, proofs, enrolled, absent } = facts;
  const because = policies.map((policy) => `policy:${policy.name}`);
  const done = new Set(proofs.map(({ factor }) => factor));
  const has = new Set(enrolled.map(({ factor }) => factor));
  const wanted = facts.enrols.filter((enrolment) => !done.has(enrolment));
  const demanded = policies
    .flatMap((policy) => policy.enrols ?? [])
    .filter((enrolment) => !done.has(enrolment) && !has.has(ENROLS[enrolment]))
    .filter((enrolment) => !absent.includes(ENROLS[enrolment]));
  const missing = [...new Set([...wanted, ...demanded])];
  if (missing.length === 0) return { kind: 'complete', because };
  if (mayEnrol(proofs, enrolled))
    return { kind: 'next', next: missing, because: missing.map((enrolment) => `enrol:${enrolment}`) };
  // what a policy merely asks for does not hold up a user who may not do it
  if (wanted.length === 0) return { kind: 'complete', because: [...because, 'enrolment-not-allowed'] };
  const stronger = enrolled
    .filter(({ factor, usable }) => usable && !done.has(factor))
    .flatMap(({ factor }) => actionOf(factor, facts.context) ?? []);
  const next = [...new Set(stronger)];
  return next.length > 0
    ? { kind: 'next', next, because: ['enrolment-needs-stronger-proof'] }
    : { kind: 'deny', because: ['enrolment-not-allowed'] };
}

/**
 * What a step may show: what is offered, and what would be but for a lock. A locked factor is not offered, and whoever
 * shows it is answered as for a wrong proof, not told that it is locked.
 */
export function showable(facts: Facts): Action[] {
  const unlocked = facts.enrolled.map((one) => (one.why === 'locked' ? { ...one, usable: true } : one));
  // a code that was sent before its channel failed is as good as ever
  const next = decideNext({ ...facts, enrolled: unlocked, down: [] });
  return next.kind === 'next' ? next.next : [];
}

/** Codes without what they refer to: what a caller who has proved nothing may read. */
export const neutral = (because: string[]): string[] => [
  ...new Set(because.map((reason) => reason.split(':')[0] ?? reason)),
];
