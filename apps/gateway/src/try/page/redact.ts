/** Members that open something: the log shows where they are, not what they are. */
const SECRET =
  /^(session|token|.*token|idtoken|authorization|begin-?ticket|secret|uri|qr|codes?|otp|auth|wallet|merchant|text|html)$/i;
const LONG = 72;

const shortened = (text: string): string =>
  text.length <= 12 ? '•'.repeat(text.length) : `${text.slice(0, 6)}…${text.slice(-4)} (${text.length})`;

/** `value` as the log may show it: secrets and very long texts shortened. */
export function redacted(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    // the code of a problem is no secret: `access/forbidden`
    if (SECRET.test(name) && !/^[a-z-]+\/[a-z-]+$/.test(value)) return shortened(value);
    return value.length > LONG ? `${value.slice(0, LONG)}… (${value.length})` : value;
  }
  if (Array.isArray(value)) return value.map((item) => redacted(item, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner, key)]));
  return value;
}
