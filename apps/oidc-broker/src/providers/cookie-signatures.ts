import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/**
 * Signs cookies and looks at their signatures, in place of Keygrip (this is its interface), which derives its keys anew
 * each time and compares by two further HMACs: every page of a login is asked for with signed cookies.
 */
export class CookieSignatures {
  private readonly key: KeyObject;

  constructor(secret: Uint8Array) {
    this.key = createSecretKey(secret);
  }

  /** HMAC-SHA-256, base64url: what is put into a cookie beside the one that it signs. */
  sign(data: string): string {
    return createHmac('sha256', this.key).update(data).digest('base64url');
  }

  verify(data: string, signature: string): boolean {
    const [shown, right] = [Buffer.from(signature), Buffer.from(this.sign(data))];
    // all signatures are of one length, so that tells nothing
    return shown.length === right.length && timingSafeEqual(shown, right);
  }

  /** Which key signed it: 0, the only one; -1 for none. */
  index(data: string, signature: string): number {
    return this.verify(data, signature) ? 0 : -1;
  }
}
