import { assuranceOf, firstFactorOf, mfaDue, reaches, satisfiedBy, scopesDue } from './enforcement.decide.ts';
import type { Proof } from './login.types.ts';

const NOW = 1_800_000_000;
const CLIENT = 'shop';

const proof = (factor: Proof['factor'], ago: number, more: Partial<Proof> = {}): Proof => ({
  ...{ factor, at: NOW - ago, acr: 'aal1', amr: [] },
  ...more,
});
const mfa = (ago: number, more: Partial<Proof> = {}) => proof('mfa', ago, { policy: 'mfa', ...more });
const device = (ago: number, more: Partial<Proof> = {}) =>
  proof('device', ago, { policy: 'mfa', clientId: CLIENT, requestId: 'r', ...more });

describe('firstFactorOf', () => {
  it('ST-09: a second factor, an image passcode or a device alone lets nobody in', () => {
    expect(firstFactorOf([mfa(0), proof('image-passcode', 0), device(0)])).toBeUndefined();
    expect(firstFactorOf([])).toBeUndefined();
  });

  it('is the newest of passwords and passkeys', () => {
    const [old, young] = [proof('password', 50), proof('passkey', 10)];
    expect(firstFactorOf([young, old, mfa(0)])).toBe(young);
    expect(firstFactorOf([old])).toBe(old);
  });
});

describe('mfaDue', () => {
  const due = (demand: { policy: string; maxAgeSeconds?: number } | undefined, ...proofs: Proof[]) =>
    mfaDue(demand, proofs, NOW, { clientId: CLIENT, requestId: 'r' });

  it('C1: is due until exactly that policy was shown; where none is asked for, never', () => {
    expect(due(undefined)).toBe(false);
    expect(due({ policy: 'mfa' }, proof('password', 0))).toBe(true);
    expect(due({ policy: 'mfa' }, mfa(0, { policy: 'other' }))).toBe(true);
    expect(due({ policy: 'mfa' }, mfa(999_999))).toBe(false);
  });

  it.each([
    [300, 300, false],
    [300, 301, true],
    [0, 0, true],
    [0, -5, true],
  ])('a client’s maxAgeSeconds %d: a proof of %d s ago: due %s', (maxAgeSeconds, ago, expected) => {
    expect(due({ policy: 'mfa', maxAgeSeconds }, mfa(ago))).toBe(expected);
  });

  it('C1: "each time" is satisfied by what was shown for this very request, however long its pages take', () => {
    const each = { policy: 'mfa', maxAgeSeconds: 0 };
    expect(due(each, mfa(600, { requestId: 'r' }))).toBe(false);
    expect(due(each, mfa(0, { requestId: 'other' }))).toBe(true);
    expect(mfaDue(each, [mfa(0), mfa(0, { requestId: 'r' })], NOW, { clientId: CLIENT })).toBe(true);
    expect(due(each, mfa(0, { requestId: 'r', policy: 'other' }))).toBe(true);
  });

  it('a proof from the future beyond the skew of clocks is none where age counts', () => {
    expect(due({ policy: 'mfa', maxAgeSeconds: 300 }, mfa(-10))).toBe(false);
    expect(due({ policy: 'mfa', maxAgeSeconds: 300 }, mfa(-11))).toBe(true);
  });

  it('C9: a device stands in for its own client and policy, and only in the request that recognised it', () => {
    expect(due({ policy: 'mfa' }, device(1))).toBe(false);
    expect(due({ policy: 'mfa' }, device(1, { requestId: 'other' }))).toBe(true);
    expect(mfaDue({ policy: 'mfa' }, [device(1)], NOW, { clientId: CLIENT })).toBe(true);
    expect(due({ policy: 'mfa' }, device(1, { clientId: 'other' }))).toBe(true);
    expect(due({ policy: 'mfa' }, device(1, { policy: 'other' }))).toBe(true);
    expect(due({ policy: 'mfa' }, proof('device', 1, { policy: 'mfa' }))).toBe(true);
  });

  it('no other factor stands in for MFA, whatever policy it names', () => {
    for (const factor of ['password', 'passkey', 'image-passcode'] as const)
      expect(due({ policy: 'mfa' }, proof(factor, 0, { policy: 'mfa' }))).toBe(true);
  });
});

describe('satisfiedBy', () => {
  it('ST-08: policies of MFA of any age, and apart from them those that a device of this request stood in for', () => {
    const shown = [mfa(9999), mfa(0), mfa(0, { policy: 'strong' }), proof('password', 0, { policy: 'x' })];
    const devices = [device(0, { policy: 'd' }), device(0, { policy: 'e', requestId: 'other' })];
    expect(satisfiedBy([...shown, ...devices], { clientId: CLIENT, requestId: 'r' })).toEqual({
      mfa: ['mfa', 'strong'],
      device: ['d'],
    });
  });
});

describe('scopesDue', () => {
  const scopes = [
    { name: 'openid' },
    { name: 'pay', mfa: { policy: 'mfa' } },
    { name: 'read', mfa: { policy: 'mfa', maxAgeSeconds: 300 } },
    { name: 'admin', mfa: { policy: 'strong', maxAgeSeconds: 0 } },
  ];
  const due = (uid: string | undefined, ...proofs: Proof[]) => scopesDue(scopes, proofs, NOW, uid);

  it('C4: protected scopes wait, others do not', () => {
    expect(due('u')).toEqual(['pay', 'read', 'admin']);
  });

  it('C4: without maxAgeSeconds only MFA for this very consent counts: not the login’s, not another consent’s', () => {
    expect(due('u', mfa(0))).toEqual(['pay', 'admin']);
    expect(due('u', mfa(0, { consentUid: 'other' }))).toEqual(['pay', 'admin']);
    expect(due(undefined, mfa(0, { consentUid: 'u' }))).toEqual(['pay', 'admin']);
    expect(due(undefined, mfa(0))).toEqual(['pay', 'admin']);
    expect(due('u', mfa(0, { consentUid: 'u' }))).toEqual(['admin']);
    expect(due('u', mfa(600, { consentUid: 'u' }))).toEqual(['admin']);
    expect(due('u', mfa(0, { policy: 'strong', consentUid: 'u' }))).toEqual(['pay', 'read']);
  });

  it.each([
    [300, false],
    [301, true],
    [-11, true],
  ])('a scope’s freshness of 300 s: MFA of %d s ago, due %s', (ago, expected) => {
    expect(due('u', mfa(ago)).includes('read')).toBe(expected);
  });

  it('C9: a remembered device never counts for a scope', () => {
    expect(due('u', device(0, { consentUid: 'u' }))).toEqual(['pay', 'read', 'admin']);
  });
});

describe('assuranceOf', () => {
  it('is the highest that a proof says, and every method once', () => {
    const shown = [
      proof('password', 0, { amr: ['pwd'] }),
      mfa(0, { acr: 'aal2', amr: ['pwd', 'sms', 'mfa'] }),
    ];
    expect(assuranceOf(shown)).toEqual({ acr: 'aal2', amr: ['pwd', 'sms', 'mfa'] });
  });

  it('NIST SP 800-63B-4 §2.2: password and passcode are one category; a code by e-mail is none', () => {
    const passcode = proof('image-passcode', 0, { amr: ['kba'] });
    const password = proof('password', 0, { amr: ['pwd'] });
    expect(assuranceOf([password, passcode])).toEqual({ acr: 'aal1', amr: ['pwd', 'kba'] });
    expect(assuranceOf([password, mfa(0, { amr: ['otp'] })]).amr).not.toContain('mfa');
    expect(assuranceOf([password, proof('passkey', 0, { amr: ['hwk'] })]).amr).toContain('mfa');
  });

  it('C9: a device raises nothing', () => {
    const strong = device(0, { acr: 'aal2', amr: ['hwk'] });
    expect(assuranceOf([proof('password', 0, { amr: ['pwd'] }), strong])).toEqual({
      acr: 'aal1',
      amr: ['pwd'],
    });
    expect(assuranceOf([])).toEqual({ acr: 'aal1', amr: [] });
  });
});

describe('reaches', () => {
  it.each([
    ['aal1', 'aal1', true],
    ['aal2', 'aal1', true],
    ['aal1', 'aal2', false],
    ['aal2', 'aal3', false],
    ['aal3', 'phr', false],
    ['aal1', '', false],
  ] as const)('ST-15: %s for %s: %s', (acr, wanted, expected) => {
    expect(reaches(acr, wanted)).toBe(expected);
  });
});
