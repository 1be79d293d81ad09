import type { Login, Proof } from './login.types.ts';
import {
  afterOutcome,
  afterOwnAction,
  cancelsItself,
  isAnotherUser,
  isFactorRefused,
  withName,
} from './submission.decide.ts';

const login = (more: Partial<Login> = {}): Login => ({
  ...{ uid: 'u', appId: 'demo', clientId: 'shop', mode: 'login', version: 3, username: 'dana' },
  ...{
    proofs: [],
    data: {},
    demand: { prompt: 'login', scopes: ['openid', 'pay'], claims: [] },
    expiresAt: 1,
  },
  ...more,
});
const proof: Proof = { factor: 'mfa', at: 1, amr: ['sms'], acr: 'aal2', policy: 'claimed' };
const dana = { userId: 'd', username: 'Dana' };

describe('afterOutcome', () => {
  it('keeps what the step keeps, and under whose name it is', () => {
    expect(afterOutcome(login(), { step: 'mfa' }, { kind: 'again', data: { a: 1 } }).data).toEqual({
      mfa: { a: 1 },
    });
    const before = login({ data: { mfa: 1 } });
    expect(afterOutcome(before, { step: 'mfa' }, { kind: 'again' }).data).toEqual({ mfa: 1 });
    const asked = afterOutcome(before, { step: 'remember' }, { kind: 'again', data: { remember: 'no' } });
    expect(asked.data.identify).toEqual({ remember: 'no' });
  });

  it('I1: a proof is of the policy that was due, of the consent it was shown for, and of its user', () => {
    const proved = { kind: 'proved', proof, ...dana } as const;
    const after = afterOutcome(
      login({ data: { mfa: { session: 's' } } }),
      { step: 'mfa', policy: 'due' },
      proved,
    );
    expect(after).toMatchObject({ ...dana, proofs: [{ ...proof, policy: 'due' }], data: { mfa: undefined } });
    expect(after.proofs[0]?.consentUid).toBeUndefined();
    const marked = afterOutcome(login({ requestId: 'r' }), { step: 'mfa', policy: 'due' }, proved);
    expect(marked.proofs).toEqual([{ ...proof, policy: 'due', requestId: 'r' }]);
    const scope = afterOutcome(login(), { step: 'scope-mfa', policy: 'due' }, proved);
    expect(scope.proofs).toEqual([{ ...proof, policy: 'due', consentUid: 'u' }]);
  });
});

describe('our own buttons', () => {
  it('change the first factor, and go on without what asks for a code', () => {
    expect(afterOwnAction(login(), 'password', 'passkey')?.data.identify).toEqual({ first: 'passkey' });
    const back = login({
      data: { identify: { first: 'passkey', remember: 'no' }, passkey: { session: 's' } },
    });
    const data = { identify: { remember: 'no' }, passkey: undefined };
    expect(afterOwnAction(back, 'passkey', 'other')?.data).toEqual(data);
    const without = afterOwnAction(login(), 'scope-mfa', 'without');
    expect(without?.data.consent).toEqual({ ticked: ['openid', 'pay'], claims: true, without: true });
  });

  it.each([
    ['mfa', 'without'],
    ['mfa', 'passkey'],
    ['mfa', 'other'],
    ['image-passcode', 'passkey'],
    ['password', 'without'],
    ['password', 'other'],
    ['consent', 'without'],
    ['password', undefined],
  ] as const)('ST-01: at %s, %s is none of them: no step is left by another’s button', (step, action) => {
    expect(afterOwnAction(login(), step, action)).toBeUndefined();
  });

  it('steps with something to leave elsewhere end themselves', () => {
    expect([cancelsItself('mfa'), cancelsItself('scope-mfa'), cancelsItself('password')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('who it is', () => {
  it('seed V1: a name that is typed counts only where the request does not say it', () => {
    const named = (of: Login, at: Parameters<typeof withName>[1]) => withName(of, at, ' eve ').username;
    const second = login({ mode: 'second-factor' });
    expect([named(login(), 'password'), named(second, 'identify')]).toEqual(['eve', 'eve']);
    expect([named(login(), 'mfa'), named(second, 'password'), named(second, 'image-passcode')]).toEqual(
      Array(3).fill('dana'),
    );
    expect(withName(login(), 'password', undefined).username).toBe('dana');
  });

  it('what is no name does not say whom a second factor is for', () => {
    const { username: _username, ...unnamed } = login({ mode: 'second-factor' });
    for (const typed of ['', '  ', 'x'.repeat(257), 'a\u0000b'])
      expect(withName(unnamed, 'identify', typed).username).toBeUndefined();
  });

  it('seed V1: proofs of one login are of one user', () => {
    expect(isAnotherUser(login({ userId: 'd' }), dana)).toBe(false);
    expect(isAnotherUser(login({ userId: 'e' }), dana)).toBe(true);
    expect(isAnotherUser(login(), dana)).toBe(false);
  });

  it('seed V1, V11: a second factor of nobody known is nobody’s, but for a user who is being linked', () => {
    const second = { mode: 'second-factor' } as const;
    expect(isAnotherUser(login(second), dana)).toBe(true);
    const link = { prompt: 'login', scopes: [], claims: [], link: true } as const;
    const linked = login({ ...second, demand: { ...link, scopes: [], claims: [] } });
    expect(isAnotherUser(linked, dana)).toBe(false);
    expect(isAnotherUser(linked, { ...dana, username: 'eve' })).toBe(true);
    expect(isAnotherUser({ ...linked, userId: 'e' }, dana)).toBe(true);
  });
});

describe('isFactorRefused (API-09)', () => {
  it.each(['password', 'passkey', 'image-passcode', 'mfa', 'scope-mfa'] as const)(
    '%s: what was compared',
    (step) => {
      expect(isFactorRefused(step, {})).toBe(true);
      expect(isFactorRefused(step, { comparedNothing: true })).toBe(false);
      expect(isFactorRefused(step, { retryAfterSeconds: 2 })).toBe(false);
    },
  );

  it.each(['identify', 'consent', 'remember', 'image-passcode-enrol'] as const)('%s: nothing', (step) => {
    expect(isFactorRefused(step, {})).toBe(false);
  });
});
