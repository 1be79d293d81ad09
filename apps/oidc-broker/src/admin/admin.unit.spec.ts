import { readCookie, setCookie } from '../pages/cookies.decide.ts';
import { isMultiFactor } from './multi-factor.decide.ts';

describe('administrators', () => {
  it.each([
    [false, ['pwd']],
    [false, ['pwd', 'user']],
    [false, []],
    [false, undefined],
    [false, 'mfa'],
    [false, [1, 2]],
    [true, ['pwd', 'otp']],
    [true, ['pwd', 'otp', 'sms', 'mfa']],
    [true, ['hwk', 'user', 'mfa']],
  ])('C5: several factors are %s of %j', (expected, amr) => {
    expect(isMultiFactor(amr)).toBe(expected);
  });

  it('SES-08: cookies are of this host alone, unseen by scripts, and not sent along with forms of other sites', () => {
    const cookie = { name: 'cs-admin', value: 'v', seconds: 60 };
    expect(setCookie({ ...cookie, isSecure: true })).toBe(
      '__Host-cs-admin=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure',
    );
    expect(setCookie({ ...cookie, isSecure: false })).toBe(
      'cs-admin=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax',
    );
  });

  it('SES-08: one that stands there twice, or without its prefix, is none', () => {
    expect(readCookie('a=b; __Host-cs-admin=v', 'cs-admin', true)).toBe('v');
    expect(readCookie('cs-admin=v', 'cs-admin', true)).toBeUndefined();
    expect(readCookie('cs-admin=v; cs-admin=w', 'cs-admin', false)).toBeUndefined();
    expect(readCookie(undefined, 'cs-admin', false)).toBeUndefined();
  });
});
