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
});
