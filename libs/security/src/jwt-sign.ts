import { type CryptoKey, SignJWT } from 'jose';
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { importKey } from './key-imports.ts';
import type { SigningKey } from './keys.ts';
import type { Claims } from './token-parts.ts';

/** What we sign with, and the digest of it (RFC 7518 §3.4); Ed25519 has its own (RFC 8037 §3.1). */
const DIGESTS: Record<string, string | null> = { ES256: 'sha256', EdDSA: null };

const keyObjects = new WeakMap<CryptoKey, KeyObject>();

const encoded = (part: object): string => Buffer.from(JSON.stringify(part), 'utf8').toString('base64url');

/**
 * A compact JWT (RFC 7519) over exactly `claims`, signed by `key`. `typ` says what kind of token it is (RFC 8725
 * §3.11). Times (`iat`, `exp`, `nbf`) are seconds since the epoch and the caller's to give. Our own algorithms sign at
 * once: handing a job to the thread pool costs more than the signature.
 */
export async function signJwt(key: SigningKey, header: { typ: string }, claims: Claims): Promise<string> {
  const imported = await importKey(key.privateJwk, key.alg);
  const digest = DIGESTS[key.alg];
  if (digest === undefined) {
    const full = { alg: key.alg, kid: key.kid, typ: header.typ };
    return new SignJWT(claims).setProtectedHeader(full).sign(imported);
  }
  const known = keyObjects.get(imported);
  const by = known ?? createPrivateKey({ key: { ...key.privateJwk }, format: 'jwk' });
  if (!known) keyObjects.set(imported, by);
  const text = `${encoded({ alg: key.alg, kid: key.kid, typ: header.typ })}.${encoded(claims)}`;
  const signature = sign(digest, Buffer.from(text, 'ascii'), { key: by, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
