import type { RequestRefusal } from './request-rules.decide.ts';

/** As long as what clients say ever is, and no longer: requests are kept while nobody has signed in yet (API-09). */
const MOST_BYTES = 8 * 1024;
/** What comes back in tokens or addresses. */
const MOST_OF_ONE: Readonly<Record<string, number>> = { state: 2048, nonce: 2048 };

const refuse = (description: string): RequestRefusal => ({ error: 'invalid_request', description });

/** U+0000, also as JSON spells it (`claims`), and half characters: nobody means them, and not everything keeps them. */
const isUnstorable = (value: unknown): boolean =>
  typeof value === 'string' && (!value.isWellFormed() || /\u0000|\\u0000/.test(value));

/** What keeps an authorization request from being asked because nobody could keep it; undefined if it is not. */
export function sizeRefusal(params: Readonly<Record<string, unknown>>): RequestRefusal | undefined {
  let bytes = 0;
  for (const [name, value] of Object.entries(params)) {
    const size = value === undefined ? 0 : Buffer.byteLength(String(value));
    if (isUnstorable(value)) return refuse(`${name} has a character that cannot be kept`);
    if (size > (MOST_OF_ONE[name] ?? MOST_BYTES)) return refuse(`${name} is too long`);
    bytes += size;
  }
  return bytes > MOST_BYTES ? refuse('the request is too large') : undefined;
}
