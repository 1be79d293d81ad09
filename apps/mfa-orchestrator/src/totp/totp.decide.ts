import { Secret, TOTP } from 'otpauth';

/** Seconds of a time step, and digits of a code: what every authenticator app understands. */
export const PERIOD_SECONDS = 30;
const DIGITS = 6;
const CODE = /^[0-9]{6}$/;
/** Steps accepted to either side, for clocks that are off (RFC 6238 §5.2; ASVS 6.5.8). */
const WINDOW = 1;
/** Longest issuer and label, in characters: more fits no QR code that a phone can read. */
const NAME_LONGEST = 48;

const short = (name: string): string => [...name].slice(0, NAME_LONGEST).join('');

const totpOf = (secret: Uint8Array, issuer = '', label = ''): TOTP =>
  new TOTP({
    ...{
      issuer: short(issuer),
      label: short(label),
      algorithm: 'SHA1',
      digits: DIGITS,
      period: PERIOD_SECONDS,
    },
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });

/**
 * The time step (RFC 6238 §4.2) whose code `code` is, at `now` or one step to either side; undefined if it is none. It
 * is compared in constant time.
 */
export function stepOf(secret: Uint8Array, code: string, now: Date): number | undefined {
  // the library throws on anything whose bytes are not as many as its characters
  if (!CODE.test(code)) return undefined;
  const timestamp = now.getTime();
  const delta = totpOf(secret).validate({ token: code, timestamp, window: WINDOW });
  return delta === null ? undefined : Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta;
}

/** The key URI that authenticator apps read, and the secret in base32 for typing it in. */
export function enrolmentOf(
  secret: Uint8Array,
  issuer: string,
  label: string,
): { secret: string; uri: string } {
  const totp = totpOf(secret, issuer, label);
  return { secret: totp.secret.base32, uri: totp.toString() };
}
