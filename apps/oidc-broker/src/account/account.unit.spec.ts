import type { Proof } from '../logins/login.types.ts';
import { signInAddress } from './sign-in.decide.ts';
import { isSignedIn, loginOf, mayChangePasscode, passcodeStandingOf, standingOf } from './standing.decide.ts';
import { browserInWords, methodsInWords, timeInWords } from './words.decide.ts';

const NOW = 1_800_000_000;
const proof = (factor: Proof['factor'], age: number, acr: Proof['acr'] = 'aal1'): Proof => ({
  ...{ factor, acr, at: NOW - age },
  amr: factor === 'password' ? ['pwd'] : ['otp'],
});
const made = { label: 'x', createdAt: '2026-01-01T00:00:00Z', id: 'i' };
const passkey = { ...made, kind: 'passkey' };
const email = { ...made, kind: 'otp:email', verified: true };

describe('who may see and change an account', () => {
  it('V8: the second factor of an application is no login', () => {
    expect(isSignedIn([proof('image-passcode', 0), proof('mfa', 0), proof('device', 0)])).toBe(false);
    expect(isSignedIn([proof('password', 9999)])).toBe(true);
  });

  it.each([
    ['sure', 'a password just now, with nothing else enrolled', [proof('password', 300)], []],
    ['confirm', 'a password of more than five minutes ago', [proof('password', 301)], []],
    ['confirm', 'a password alone, with a passkey enrolled', [proof('password', 1)], [passkey]],
    ['confirm', 'a password alone, with a verified address', [proof('password', 1)], [email]],
    ['sure', 'a password and MFA', [proof('password', 1), proof('mfa', 1)], [email, passkey]],
    ['confirm', 'MFA of long ago', [proof('password', 1), proof('mfa', 301)], [email]],
    ['confirm', 'MFA alone', [proof('mfa', 1)], [email]],
    ['confirm', 'a remembered device', [proof('password', 1), proof('device', 1)], [email]],
    ['confirm', 'an image passcode', [proof('password', 1), proof('image-passcode', 1)], [email]],
    ['sure', 'a passkey that verified its user', [proof('passkey', 1, 'aal2')], [passkey]],
    ['confirm', 'a passkey that did not', [proof('passkey', 1)], [passkey]],
    [
      'sure',
      'a password, with an unverified address',
      [proof('password', 1)],
      [{ ...email, verified: false }],
    ],
    [
      'sure',
      'a password, with a passkey that may be a copy',
      [proof('password', 1)],
      [{ ...passkey, suspect: true }],
    ],
    ['confirm', 'a password, where nobody can say what there is', [proof('password', 1)], undefined],
    ['confirm', 'a password of the future', [proof('password', -60)], []],
  ] as const)('SES-02, security 18: %s after %s', (standing, _, proofs, factors) => {
    expect(standingOf(proofs, { factors, passcode: 'none' }, NOW)).toBe(standing);
  });

  it.each([
    ['images', 'a password alone', [proof('password', 1)], [], 'held'],
    ['sure', 'a password and the passcode', [proof('password', 1)], [], 'shown'],
    ['confirm', 'the passcode, and a password of long ago', [proof('password', 301)], [], 'shown'],
    ['confirm', 'a password and the passcode, with an address', [proof('password', 1)], [email], 'shown'],
    ['confirm', 'both, where nobody can say what there is', [proof('password', 1)], undefined, 'shown'],
    ['sure', 'a password and MFA', [proof('password', 1), proof('mfa', 1)], [email], 'held'],
    ['sure', 'a passkey that verified its user', [proof('passkey', 1, 'aal2')], [passkey], 'held'],
    ['images', 'a passkey that did not and is gone', [proof('passkey', 1)], [], 'held'],
  ] as const)(
    'SES-02, security 18: with an image passcode, %s after %s',
    (standing, _, proofs, factors, passcode) => {
      expect(standingOf(proofs, { factors, passcode }, NOW)).toBe(standing);
    },
  );

  it('SES-02, security 18: an image passcode goes for itself only, whatever else was shown', () => {
    expect(mayChangePasscode('sure', 'held')).toBe(false);
    expect(mayChangePasscode('images', 'held')).toBe(false);
    expect(mayChangePasscode('confirm', 'shown')).toBe(false);
    expect(mayChangePasscode('sure', 'shown')).toBe(true);
    expect(mayChangePasscode('sure', 'none')).toBe(true);
  });

  it('SES-02, security 18: the passcode of now counts, for five minutes', () => {
    const at = (age: number, enrolledAt = 7) => ({ at: NOW - age, enrolledAt });
    expect(passcodeStandingOf(undefined, at(1), NOW)).toBe('none');
    expect(passcodeStandingOf(new Date(7), at(300), NOW)).toBe('shown');
    for (const shown of [undefined, at(301), at(-60), at(1, 6)])
      expect(passcodeStandingOf(new Date(7), shown, NOW)).toBe('held');
  });

  it('I4: what the orchestrator is told is of what was shown recently', () => {
    expect(
      loginOf([proof('password', 100), proof('mfa', 20, 'aal2'), proof('passkey', 999, 'aal3')], NOW),
    ).toEqual({
      acr: 'aal2',
      authTime: NOW - 100,
    });
    expect(loginOf([], NOW)).toEqual({ acr: 'aal1', authTime: NOW });
  });
});

describe('signing in to the account', () => {
  const request = {
    ...{ origin: 'http://demo.localhost:4000', appId: 'demo' },
    ...{ codeChallenge: 'c', state: 's', nonce: 'n' },
  };
  const asked = (more: object) => new URL(signInAddress({ ...request, ...more })).searchParams;

  it('OP-03: by code with PKCE, back to the account’s own page', () => {
    const { origin, pathname, searchParams } = new URL(signInAddress(request));
    expect(origin + pathname).toBe('http://demo.localhost:4000/oidc/demo/authorize');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'countersign-account',
      redirect_uri: 'http://demo.localhost:4000/oidc/demo/account/callback',
      code_challenge_method: 'S256',
      response_type: 'code',
    });
    expect(searchParams.has('prompt')).toBe(false);
  });

  it('security 18: before changes a first factor is asked for anew, and the second one of whoever has one', () => {
    const plain = asked({ confirm: { hasSecondFactor: false, isFirstFactorRecent: true } });
    expect([plain.get('client_id'), plain.get('prompt')]).toEqual(['countersign-account', 'login']);
    const strong = asked({ confirm: { hasSecondFactor: true, isFirstFactorRecent: false } });
    expect([strong.get('client_id'), strong.get('prompt')]).toEqual(['countersign-account-change', 'login']);
    const rest = asked({ confirm: { hasSecondFactor: true, isFirstFactorRecent: true } });
    expect([rest.get('client_id'), rest.get('prompt')]).toEqual(['countersign-account-change', null]);
  });
});

describe('words', () => {
  it('browsers and methods', () => {
    expect(browserInWords('Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120')).toBe(
      'Edge on Windows',
    );
    expect(browserInWords('Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537')).toBe('Chrome on Windows');
    expect(browserInWords('Mozilla/5.0 (iPhone; like Mac OS X) Version/17 Safari/605')).toBe('Safari on iOS');
    expect(browserInWords('<script>')).toBe('Unknown browser');
    expect(methodsInWords(['pwd', 'otp', 'mfa'])).toBe('password and one-time code');
    expect(methodsInWords([])).toBe('signed in');
    expect(timeInWords(new Date('2026-11-02T03:04:05Z'))).toBe('2 November 2026, 03:04 UTC');
  });
});
