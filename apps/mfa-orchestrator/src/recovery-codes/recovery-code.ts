import { randomBytes } from 'node:crypto';
import { constantTimeEqual, hmac } from '@countersign/security';

/** Codes in a set. */
export const CODES = 10;
/** Bytes of a code: 80 bit, which nobody guesses at ten an hour. */
const CODE_BYTES = 10;
/** Douglas Crockford's base32: no letter that is read as another or as a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A code as it is compared: 16 letters and digits. */
export const TIDY_CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/;

/** A row as far as checking goes. */
export interface HashedCode {
  id: string;
  salt: string;
  codeHash: string;
}

/** A new code as users see it: `XXXX-XXXX-XXXX-XXXX`. */
export function makeCode(): string {
  let bits = BigInt(`0x${randomBytes(CODE_BYTES).toString('hex')}`);
  let code = '';
  for (let at = 0; at < 16; at++, bits >>= 5n) code = ALPHABET[Number(bits & 31n)] + code;
  return code.replace(/.{4}(?=.)/g, '$&-');
}

/** What somebody typed, as it is compared: without case, dashes and spaces, `O` for `0`, `I` and `L` for `1`. */
export const tidyCode = (typed: string): string =>
  typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');

/** How a code is kept: HMAC-SHA-256 under the pepper, over its salt. A database that leaks is of no use without the key. */
export const hashCode = (pepper: Uint8Array, salt: string, tidy: string): string => hmac(pepper, salt, tidy);

/**
 * The one of `rows` whose code `tidy` is. As many hashes are computed whether the user has ten codes, one or none, and
 * whether it is right or wrong, so that the time taken does not tell (SES-07).
 */
export function matching<Row extends HashedCode>(
  pepper: Uint8Array,
  rows: Row[],
  tidy: string,
): Row | undefined {
  let found: Row | undefined;
  for (let at = 0; at < CODES; at++) {
    const row = rows[at];
    const equal = constantTimeEqual(hashCode(pepper, row?.salt ?? '', tidy), row?.codeHash ?? '');
    if (equal) found = row;
  }
  return found;
}
