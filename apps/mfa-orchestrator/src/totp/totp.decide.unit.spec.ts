import { TOTP } from 'otpauth';
import { enrolmentOf, stepOf } from './totp.decide.ts';

const secret = new TextEncoder().encode('12345678901234567890');
const at = (seconds: number) => new Date(seconds * 1000);

describe('codes of authenticator apps', () => {
  // RFC 6238 appendix B, SHA-1, the last six of the eight digits
  it.each([
    [59, '287082', 1],
    [1111111109, '081804', 37037036],
    [1111111111, '050471', 37037037],
    [1234567890, '005924', 41152263],
    [2000000000, '279037', 66666666],
    [20000000000, '353130', 666666666],
  ])('RFC 6238 appendix B: at %i the code is %s of step %i', (seconds, code, step) => {
    expect(stepOf(secret, code, at(seconds))).toBe(step);
  });

  it('security 5: the step before and the step after are accepted, as what they are, and no others', () => {
    const steps = [30, 60, 90, 0, 120].map((seconds) => stepOf(secret, '287082', at(seconds)));
    // the code of 59 is of step 1: 30..59; now in step 0, 1 and 2 it is still step 1
    expect(steps).toEqual([1, 1, undefined, 1, undefined]);
    expect(stepOf(secret, '287082', at(89))).toBe(1);
  });

  it.each(['', '28708', '2870822', '28708２', 'abcdef', ' 287082'])('OTP-21: %j is no code', (code) => {
    expect(stepOf(secret, code, at(59))).toBeUndefined();
  });

  it('the key URI is read back by a library as what it was made of', () => {
    const { uri, secret: base32 } = enrolmentOf(secret, 'Bänk: One & Co', 'dana+1@example.com');
    const [, label] = /^otpauth:\/\/totp\/([^?]*)\?/.exec(uri)!;
    expect(decodeURIComponent(label!)).toBe('Bänk: One & Co:dana+1@example.com');
    const query = new URL(uri).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      issuer: 'Bänk: One & Co',
      secret: base32,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
    expect(TOTP.generate({ secret: new TOTP({ secret: base32 }).secret, timestamp: 59_000 })).toBe('287082');
  });

  it('long names are cut: a QR code of any username can be read', () => {
    const { uri } = enrolmentOf(secret, '銀'.repeat(200), '😀'.repeat(256));
    expect(uri.length).toBeLessThan(2_000);
  });
});
