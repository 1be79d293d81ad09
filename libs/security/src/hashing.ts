import { createHash, createHmac, KeyObject, timingSafeEqual } from 'node:crypto';

/** SHA-256 of `text` (UTF-8), base64url: 43 characters. For secrets of high entropy only, never for codes. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** Whether two secrets are equal, in a time that tells neither where they differ nor how long they are. */
export function constantTimeEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b)) && a === b;
}

/**
 * HMAC-SHA-256 over `parts`, base64url: 43 characters. Each part is preceded by its length, so that no two lists
 * of parts give the same bytes (`a, bc` is not `ab, c`). A key object is the cheapest secret: bytes become one each time.
 * Throws TypeError on an empty secret.
 */
export function hmac(secret: Uint8Array | string | KeyObject, ...parts: string[]): string {
  const size = secret instanceof KeyObject ? secret.symmetricKeySize : secret.length;
  if (!size) throw new TypeError('the HMAC secret is empty');
  const mac = createHmac('sha256', secret);
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    mac.update(length).update(bytes);
  }
  return mac.digest('base64url');
}
