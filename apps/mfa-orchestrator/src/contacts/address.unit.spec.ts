import { addressKey, maskAddress, tidyEmail, tidyPhone } from './address.decide.ts';

describe('e-mail addresses', () => {
  it.each([
    ['  Dana.Doe+bank@Example.COM ', 'Dana.Doe+bank@example.com'],
    ['dana@bücher.example', 'dana@xn--bcher-kva.example'],
    ['Jose\u0301@example.com', 'José@example.com'],
    ["o'neil@example.com", "o'neil@example.com"],
  ])('%s is sent to as %s', (text, tidy) => {
    expect(tidyEmail(text)).toBe(tidy);
  });

  it.each([
    ...[
      '',
      '@',
      'dana',
      '@example.com',
      'dana@',
      'dana@localhost',
      'dana@example',
      'dana@10.0.0.1',
      'dana@[::1]',
    ],
    ...[
      'dana@1.2',
      'a@b@example.com',
      'dana@exam ple.com',
      'dana@example..com',
      'dana@-example.com',
      'dana@example.com.',
    ],
    ...[
      '.dana@example.com',
      'dana.@example.com',
      'da..na@example.com',
      '"dana"@example.com',
      'da na@example.com',
    ],
    ...['dana@example.com\r\nBcc: x@evil.example', 'dana\n@example.com', 'dana@example.com,x@evil.example'],
    ...[
      'dana@example.com;x@evil.example',
      'Dana <dana@example.com>',
      'dana@example.com/x',
      'dana@user:pw@example.com',
    ],
    ...[
      'da\u200bna@example.com',
      'dana@example.com?x',
      `${'a'.repeat(65)}@example.com`,
      '\ud800@example.com',
    ],
    `dana@${'a.'.repeat(125)}example.com`,
  ])('RFC 5321 §4.1.2, header injection: %j is none', (text) => {
    expect(tidyEmail(text)).toBeUndefined();
  });

  it('OTP-17: one mailbox counts as one, however it is written', () => {
    expect(addressKey('Dana@example.com')).toBe(addressKey('dana@example.com'));
  });
});

describe('telephone numbers', () => {
  it.each([
    ['+49 151 12345678', '+4915112345678'],
    ['+1 (202) 555-0123', '+12025550123'],
    [' +447700900123 ', '+447700900123'],
    ['+１２０２５５５０１２３', '+12025550123'],
  ])('%s is %s', (text, e164) => {
    expect(tidyPhone(text)).toBe(e164);
  });

  it.each([
    ...[
      '',
      '112',
      '004915112345678',
      '015112345678',
      '+4',
      '+0123456789',
      '+99912345',
      'call +4915112345678',
    ],
    ...['+4915112345678 ext. 5', '+4915112345678\r\n+15551234567', '+49151123456789012345'],
    `+1${'2'.repeat(60)}`,
  ])('E.164: %j is none', (text) => {
    expect(tidyPhone(text)).toBeUndefined();
  });
});

describe('masks', () => {
  it.each([
    ['email' as const, 'dana@example.com', 'd•••@example.com'],
    ['email' as const, '👍x@example.com', '👍•••@example.com'],
    ['sms' as const, '+4915112345612', '+49 ••• 12'],
    ['sms' as const, '+12025550123', '+1 ••• 23'],
  ])('contracts §1.13: %s %s is shown as %s', (channel, address, mask) => {
    expect(maskAddress(channel, address)).toBe(mask);
  });
});
