import { createHash } from 'node:crypto';
import { type CryptoKey, importJWK, type JWK } from 'jose';
import type { PrivateJwk, PublicJwk } from './keys.ts';

const LIMIT = 1000;
const imported = new Map<string, Promise<CryptoKey>>();

/**
 * The key for use with `alg`, imported once. Keyed by a digest of the whole JWK and not by its kid: two parties
 * may use the same kid. Of more than 1000 keys the oldest import is forgotten.
 */
export function importKey(jwk: PublicJwk | PrivateJwk, alg: string): Promise<CryptoKey> {
  const members = JSON.stringify([alg, jwk.kty, jwk.crv, jwk.x, jwk.y, jwk.n, jwk.e, (jwk as PrivateJwk).d]);
  const id = createHash('sha256').update(members).digest('base64');
  const known = imported.get(id);
  if (known) return known;
  const key = importAsymmetric(jwk, alg);
  if (imported.size >= LIMIT) imported.delete(imported.keys().next().value as string);
  imported.set(id, key);
  key.catch(() => imported.delete(id));
  return key;
}

async function importAsymmetric(jwk: PublicJwk, alg: string): Promise<CryptoKey> {
  // only the members that make the key: `use`, `key_ops` and `ext` of a foreign document decide nothing here
  const { kty, crv, x, y, n, e } = jwk;
  const { d, p, q, dp, dq, qi } = jwk as PrivateJwk;
  const key = await importJWK({ kty, crv, x, y, n, e, d, p, q, dp, dq, qi } as JWK, alg);
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key cannot verify or sign here');
  return key;
}
