import fc from 'fast-check';
import { builtInPolicy } from '../policies/built-in-policies.ts';
import type { Policy } from '../policies/policy.schemas.ts';
import { assurance } from './assurance.decide.ts';
import type { Facts } from './facts.types.ts';
import { decideNext, neutral, showable } from './next-action.decide.ts';
import type { EnrolledFactor, ShownProof } from './proof.types.ts';

const EXTERNAL = builtInPolicy('external')!;
const NOW = new Date('2026-01-01T12:00:00Z');

const proof = (over: Partial<ShownProof> = {}): ShownProof => ({
  factor: 'external',
  reference: 't1',
  acr: 'aal1',
  amr: ['ext'],
  categories: ['knowledge'],
  shownAt: NOW,
  authenticatedAt: null,
  ...over,
});
const passkey = proof({
  factor: 'passkey',
  reference: 'k',
  acr: 'aal2',
  categories: ['possession', 'inherence'],
});
const sms = proof({ factor: 'otp:sms', reference: 'c1', amr: ['otp', 'sms'], categories: ['possession'] });
const email = proof({ factor: 'otp:email', reference: 'c2', amr: ['otp'], categories: [] });
const has = (...factors: EnrolledFactor['factor'][]): EnrolledFactor[] =>
  factors.map((factor) => ({ factor, acr: factor === 'passkey' ? 'aal2' : 'aal1', usable: true }));
const policy = (over: Partial<Policy> = {}): Policy => ({ ...EXTERNAL, name: 'p', ...over });
const facts = (over: Partial<Facts>): Facts => ({
  context: 'login',
  policies: [],
  missingPolicies: [],
  proofs: [],
  enrolled: [],
  enrols: [],
  failed: [],
  deviceTrusted: true,
  absent: [],
  down: [],
  concealed: false,
  anonymous: false,
  now: NOW,
  ...over,
});
const given = (policies: Policy[], proofs: ShownProof[] = [], missingPolicies: string[] = []) =>
  decideNext(facts({ policies, proofs, missingPolicies }));
const built = (name: string, over: Partial<Facts> = {}) =>
  decideNext(facts({ policies: [builtInPolicy(name)!], ...over }));

describe('nextAction', () => {
  it('seed L1: nothing shown: external is asked for', () => {
    expect(given([EXTERNAL])).toEqual({
      kind: 'next',
      next: ['external'],
      because: ['policy:external'],
    });
  });

  it('seed L5: external shown: complete', () => {
    expect(given([EXTERNAL], [proof()])).toMatchObject({ kind: 'complete' });
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
    expect(given([EXTERNAL], [proof()], ['gone'])).toEqual({
      kind: 'deny',
      because: ['policy-missing:gone'],
    });
    expect(given([], [proof()])).toMatchObject({ kind: 'deny' });
  });

  it('only what the user has is offered, and nothing that is locked; a passkey signs where more than a login is asked', () => {
    const enrolled = has('totp', 'otp:sms', 'passkey').map((one) =>
      one.factor === 'totp' ? { ...one, usable: false, why: 'locked' } : one,
    );
    expect(built('standard', { enrolled })).toMatchObject({ next: ['passkey:auth', 'otp:sms', 'external'] });
    expect(built('standard', { enrolled, context: 'event' })).toMatchObject({
      next: ['passkey:tx', 'otp:sms', 'external'],
    });
  });

  it('enumeration: concealed, the answer is the same whatever the user has', () => {
    const answers = [[], has('passkey'), has('totp', 'recovery')].map((enrolled) =>
      built('standard', { enrolled, concealed: true, deviceTrusted: false }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('seed: external stands alone for a new user, on a new device, after a passkey failure, where policy says so', () => {
    const alone = policy({
      ...builtInPolicy('standard')!,
      externalAlone: ['no-passkey', 'new-device', 'passkey-failed'],
    });
    const of = (over: Partial<Facts>) => decideNext(facts({ policies: [alone], ...over }));
    expect(of({ enrolled: has('otp:sms') })).toMatchObject({
      next: ['external'],
      because: ['policy:standard', 'no-passkey'],
    });
    expect(of({ enrolled: has('passkey'), deviceTrusted: false })).toMatchObject({ next: ['external'] });
    expect(of({ enrolled: has('passkey'), failed: ['passkey'] })).toMatchObject({ next: ['external'] });
    expect(of({ enrolled: has('passkey') })).toMatchObject({ next: ['passkey:auth', 'external'] });
  });

  it('ST-10, NIST SP 800-63B-4 §2.2: strong takes two categories by two authenticators, or a verifying passkey', () => {
    const complete = (...proofs: ShownProof[]) =>
      built('strong', { proofs, enrolled: has('passkey', 'otp:sms', 'otp:email', 'totp') }).kind ===
      'complete';
    expect(complete(passkey)).toBe(true);
    expect(complete(proof({ ...passkey, acr: 'aal1', categories: ['possession'] }))).toBe(false);
    expect(complete(sms)).toBe(false);
    expect(complete(sms, proof({ ...sms, factor: 'totp', reference: 'x' }))).toBe(false);
    expect(complete(sms, proof())).toBe(true);
    // security.md 8: e-mail is of no category
    expect(complete(email, proof())).toBe(false);
    expect(complete(sms, email)).toBe(false);
  });

  it('step-up: an earlier login counts only while it is as fresh as the policy says', () => {
    const stepUp = policy({
      offers: ['otp:sms'],
      satisfiedBy: [['login', 'otp:sms']],
      loginMaxAgeSeconds: 300,
    });
    const login = (secondsAgo: number) =>
      proof({
        factor: 'login',
        reference: 'l',
        authenticatedAt: new Date(NOW.getTime() - secondsAgo * 1000),
      });
    const kind = (...proofs: ShownProof[]) =>
      decideNext(facts({ policies: [stepUp], proofs, enrolled: has('otp:sms') })).kind;
    expect([kind(login(300), sms), kind(login(301), sms)]).toEqual(['complete', 'deny']);
  });

  it('WA-07, ASVS 7.5.1: adding a factor needs a proof as strong as the strongest one', () => {
    const adding = (proofs: ShownProof[], enrolled = has('passkey', 'otp:sms')) =>
      built('standard', { proofs, enrolled, enrols: ['totp:enrol'] });
    expect(adding([sms])).toMatchObject({
      next: ['passkey:auth'],
      because: ['enrolment-needs-stronger-proof'],
    });
    expect(adding([sms, passkey])).toMatchObject({ next: ['totp:enrol'] });
    expect(adding([passkey, proof({ factor: 'totp:enrol', reference: 'new' })])).toMatchObject({
      kind: 'complete',
    });
    // a first one needs somebody who vouches
    expect(adding([proof()], [])).toMatchObject({ next: ['totp:enrol'] });
    expect(adding([email], [])).toMatchObject({ kind: 'deny' });
  });

  it('who has no passkey makes one where policy asks for it; who may not is let through', () => {
    const onboarding = (over: Partial<Facts>) => built('passkey-onboarding', over);
    expect(onboarding({})).toMatchObject({ next: ['external'] });
    expect(onboarding({ proofs: [proof()] })).toMatchObject({ next: ['passkey:reg'] });
    expect(onboarding({ proofs: [proof()], enrolled: has('passkey') })).toMatchObject({ kind: 'complete' });
  });

  it('an outage: something else is offered where there is something, and nothing less is required', () => {
    const enrolled = has('otp:sms', 'totp');
    const down: Facts['down'] = ['otp:sms'];
    expect(built('standard', { enrolled, down })).toMatchObject({
      next: ['totp:verify', 'external'],
      because: ['policy:standard', 'channel-down:otp:sms'],
    });
    const smsOnly = policy({ offers: ['otp:sms'], satisfiedBy: [['otp:sms']] });
    expect(decideNext(facts({ policies: [smsOnly], enrolled, down }))).toMatchObject({ next: ['otp:sms'] });
    expect(decideNext(facts({ policies: [smsOnly], enrolled, absent: down }))).toMatchObject({
      kind: 'deny',
    });
  });

  it('without a name only a passkey or the application says who it is', () => {
    expect(built('standard', { anonymous: true })).toMatchObject({ next: ['passkey:auth', 'external'] });
  });

  it('OTP-01: a locked factor is not offered, and may be shown all the same: its refusal tells nothing', () => {
    const locked: EnrolledFactor = { factor: 'totp', acr: 'aal1', usable: false, why: 'locked' };
    const about = facts({ policies: [builtInPolicy('standard')!], enrolled: [locked] });
    expect(decideNext(about)).toMatchObject({ next: ['external'] });
    expect(showable(about)).toEqual(['totp:verify', 'external']);
    const young = { ...locked, why: 'too-young' };
    expect(showable({ ...about, enrolled: [young] })).toEqual(['external']);
  });

  it('a code that was sent before its channel failed may be shown', () => {
    const about = facts({
      policies: [builtInPolicy('standard')!],
      enrolled: has('otp:sms'),
      down: ['otp:sms'],
    });
    expect(decideNext(about)).toMatchObject({ next: ['external'] });
    expect(showable(about)).toEqual(['otp:sms', 'external']);
  });

  it('neutral codes name nothing', () => {
    expect(neutral(['policy:a', 'policy:b', 'muted'])).toEqual(['policy', 'muted']);
  });

  it('the assurance of a flow is that of its best proof', () => {
    const proofs = [proof({ acr: 'aal2', amr: ['pop'] }), proof({ reference: 't2' })];
    expect(assurance(proofs)).toEqual({ acr: 'aal2', amr: ['pop', 'ext'] });
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

describe('the second factor of a login (built-in policy mfa, ADR 0030)', () => {
  const password = (ageSeconds = 0) =>
    proof({
      ...{ factor: 'password', reference: 'password', amr: ['pwd'] },
      authenticatedAt: new Date(NOW.getTime() - ageSeconds * 1000),
    });

  it('seed C1, C2: a password is followed by one of what the user has; both complete it', () => {
    const enrolled = has('otp:email', 'otp:sms', 'passkey');
    const proofs = [password()];
    expect(built('mfa', { proofs, enrolled })).toMatchObject({
      kind: 'next',
      next: ['otp:email', 'otp:sms', 'passkey:auth'],
    });
    for (const second of [email, sms, passkey])
      expect(built('mfa', { proofs: [...proofs, second], enrolled })).toMatchObject({ kind: 'complete' });
  });

  it('ST-09, ST-10: no factor alone, nor two of what is known, nor one passkey twice', () => {
    const enrolled = has('otp:email', 'passkey');
    const passcode = proof({ factor: 'image-passcode', reference: 'image-passcode', amr: ['kba'] });
    for (const proofs of [[password()], [password(), passcode], [email], [passkey], [passkey, passkey]])
      expect(built('mfa', { proofs, enrolled }).kind).not.toBe('complete');
    expect(built('mfa', { proofs: [passkey], enrolled })).toMatchObject({ next: ['otp:email'] });
  });

  it('security 8: a mailbox leaves a password at aal1, a phone makes it aal2; the first factor is in amr', () => {
    expect(assurance([password(), email])).toEqual({ acr: 'aal1', amr: ['pwd', 'otp'] });
    expect(assurance([password(), sms])).toEqual({ acr: 'aal2', amr: ['pwd', 'otp', 'sms', 'mfa'] });
  });

  it('seed C7: a disabled channel is offered to nobody', () => {
    const enrolled = has('otp:email', 'otp:sms');
    expect(built('mfa', { proofs: [password()], enrolled, absent: ['otp:sms'] })).toMatchObject({
      next: ['otp:email'],
    });
  });

  describe('of whoever has none', () => {
    const enrolling = { ...builtInPolicy('mfa')!, enrols: ['email:enrol' as const, 'sms:enrol' as const] };
    const of = (over: Partial<Facts>) =>
      decideNext(facts({ policies: [enrolling], proofs: [password()], ...over }));

    it('is refused, unless policy enrols one', () => {
      expect(built('mfa', { proofs: [password()] })).toEqual({ kind: 'deny', because: ['no-action:mfa'] });
      expect(of({})).toMatchObject({ kind: 'next', next: ['email:enrol', 'sms:enrol'] });
      expect(of({ absent: ['otp:sms'] })).toMatchObject({ next: ['email:enrol'] });
    });

    it('OTP-09: a lock is no way to another factor; ASVS 7.5.1: nor is a password of long ago, nor none', () => {
      const locked = has('otp:email').map((one) => ({ ...one, usable: false, why: 'locked' }));
      expect(of({ enrolled: locked }).kind).toBe('deny');
      expect(of({ proofs: [password(901)] }).kind).toBe('deny');
      expect(of({ proofs: [] }).kind).toBe('deny');
      expect(of({ proofs: [proof({ ...password(), authenticatedAt: null })] }).kind).toBe('deny');
    });
  });
});
