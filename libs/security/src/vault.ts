import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** What was to be opened was not sealed by this key for this context, or was changed. Does not say which. */
export class SealInvalid extends Error {
  override name = 'SealInvalid';
  constructor() {
    super('the sealed value cannot be opened');
  }
}

const VERSION = 'v1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts at rest under a master key, and derives the keys of other purposes from it. */
export class Vault {
  // as key objects: bytes are looked at anew by each call, which takes five times as long as the sealing itself
  readonly #masterKey: KeyObject;
  readonly #sealKey: KeyObject;

  /** `masterKey` has 32 bytes; throws TypeError otherwise. */
  constructor(masterKey: Uint8Array) {
    if (masterKey.length !== 32) throw new TypeError('the master key must have 32 bytes');
    this.#masterKey = createSecretKey(masterKey);
    this.#sealKey = createSecretKey(this.#hkdf('countersign/seal/v1'));
  }

  /**
   * Seals `plaintext` with AES-256-GCM under a random nonce, as `v1.` and base64url. `context` says what and whose
   * it is (`contact:<id>`): it is authenticated but not contained, and must be the same to open.
   */
  seal(plaintext: string, context: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(VERSION + context, 'utf8'));
    const sealed = [iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return VERSION + Buffer.concat(sealed).toString('base64url');
  }

  /** Opens what {@link seal} made for the same `context`. Throws SealInvalid. */
  open(sealed: string, context: string): string {
    const body = sealed.slice(VERSION.length);
    const bytes = Buffer.from(body, 'base64url');
    // the comparison refuses other spellings of the same bytes
    if (!sealed.startsWith(VERSION) || bytes.toString('base64url') !== body) throw new SealInvalid();
    if (bytes.length < IV_BYTES + TAG_BYTES) throw new SealInvalid();
    const iv = bytes.subarray(0, IV_BYTES);
    const tag = bytes.subarray(bytes.length - TAG_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(VERSION + context, 'utf8'));
    decipher.setAuthTag(tag);
    try {
      const text = decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      throw new SealInvalid();
    }
  }

  /** A key of 32 bytes for the purpose `label` (HKDF-SHA-256): the same label gives the same key, another none of it. */
  derive(label: string): Uint8Array {
    return this.#hkdf(`countersign/derive/${label}`);
  }

  #hkdf(info: string): Uint8Array {
    return new Uint8Array(hkdfSync('sha256', this.#masterKey, new Uint8Array(0), info, 32));
  }
}
