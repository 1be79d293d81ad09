/** Texts that may be bytes: base64url, or standard base64, padded or not (contracts §1.4: clients send either). */
export const BASE64 = /^[A-Za-z0-9_+/-]+={0,2}$/;

/** The same bytes as base64url without padding, in the one spelling they have; undefined if they are none. */
export function canonical(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined;
  const bare = text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  if (bare.length % 4 === 1) return undefined;
  const unused = { 0: 0, 2: 4, 3: 2 }[bare.length % 4] ?? 0;
  const last = ALPHABET.indexOf(bare.at(-1)!);
  // bits beyond the last byte say nothing: without them equal bytes are equal texts
  return bare.slice(0, -1) + ALPHABET[(last >> unused) << unused];
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
