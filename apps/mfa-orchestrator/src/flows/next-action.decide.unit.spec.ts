import fc from 'fast-check';
import { BUILT_IN_POLICY, type Policy } from '../policies/policy.schemas.ts';
import { assurance, decideNext, neutral, type Proof } from './next-action.decide.ts';

const proof = (over: Partial<Proof> = {}): Proof => ({
  factor: 'external',
  reference: 't1',
  acr: 'aal1',
  amr: ['ext'],
  ...over,
});
const policy = (over: Partial<Policy> = {}): Policy => ({ ...BUILT_IN_POLICY, name: 'p', ...over });
const given = (policies: Policy[], proofs: Proof[] = [], missingPolicies: string[] = []) =>
  decideNext({ policies, proofs, missingPolicies });

describe('nextAction', () => {
  it('seed L1: nothing shown: external is asked for', () => {
    expect(given([BUILT_IN_POLICY])).toEqual({
      kind: 'next',
      next: ['external'],
      because: ['policy:external'],
    });
  });

  it('seed L5: external shown: complete', () => {
    expect(given([BUILT_IN_POLICY], [proof()])).toMatchObject({ kind: 'complete' });
  });

  it('EXT-12: a proof below the policy’s assurance does not count', () => {
    const strong = policy({ minAcr: 'aal2' });
    expect(given([strong], [proof()])).toMatchObject({ kind: 'next' });
    expect(given([strong], [proof({ acr: 'aal2' })])).toMatchObject({ kind: 'complete' });
  });

  it('ST-10: two of a factor need two proofs; one proof never counts twice', () => {
    const twice = policy({ satisfiedBy: [['external', 'external']] });
    expect(given([twice], [proof(), proof()])).toMatchObject({ kind: 'next' });
    expect(given([twice], [proof(), proof({ reference: 't2' })])).toMatchObject({ kind: 'complete' });
  });

  it('ST-17: a policy that is gone denies; no policy denies', () => {
    expect(given([BUILT_IN_POLICY], [proof()], ['gone'])).toEqual({
      kind: 'deny',
      because: ['policy-missing:gone'],
    });
    expect(given([], [proof()])).toMatchObject({ kind: 'deny' });
  });

  it('neutral codes name nothing', () => {
    expect(neutral(['policy:a', 'policy:b', 'muted'])).toEqual(['policy', 'muted']);
  });

  it('the assurance of a flow is that of its best proof', () => {
    const proofs = [proof({ acr: 'aal2', amr: ['hwk'] }), proof({ reference: 't2' })];
    expect(assurance(proofs)).toEqual({ acr: 'aal2', amr: ['hwk', 'ext'] });
  });

  it('invariant 4: whatever the policies and proofs, complete means every policy has enough distinct, good proofs', () => {
    const acr = fc.constantFrom('aal1' as const, 'aal2' as const, 'aal3' as const);
    const proofs = fc.array(fc.record({ reference: fc.constantFrom('a', 'b', 'c'), acr }), { maxLength: 5 });
    const needs = fc.record({ count: fc.integer({ min: 1, max: 4 }), minAcr: acr });
    fc.assert(
      fc.property(fc.array(needs, { minLength: 1, maxLength: 4 }), proofs, (wanted, shown) => {
        const policies = wanted.map(({ count, minAcr }, i) =>
          policy({ name: `p${i}`, minAcr, satisfiedBy: [Array(count).fill('external')] }),
        );
        const next = given(
          policies,
          shown.map((one) => proof(one)),
        );
        const enough = wanted.every(
          ({ count, minAcr }) =>
            new Set(shown.filter((one) => one.acr >= minAcr).map((one) => one.reference)).size >= count,
        );
        expect(next.kind === 'complete').toBe(enough);
      }),
    );
  });
});
