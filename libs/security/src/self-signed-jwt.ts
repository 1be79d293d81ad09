import { createHash } from 'node:crypto';
import { compactVerify, importJWK } from 'jose';
import { type Claims, readHeader, TokenInvalid } from './token-parts.ts';

export interface VerifySelfSigned {
  now: Date;
  /** How far ahead `exp` may lie, in seconds. */
  maxLifetimeSeconds: number;
  /** How far `exp` may have passed, and how far the signer's clock may be ahead, in seconds. */
  pastSkewSeconds: number;
  futureSkewSeconds: number;
  /** Longest token that is looked at, in characters. */
  maxLength: number;
}

/** What a token proves that carries its own key: whoever made it has the private half. Whose it is, it does not say. */
export interface SelfSigned {
  claims: Claims;
  /** RFC 7638 thumbprint (SHA-256, base64url) of the embedded key. */
  thumbprint: string;
  /**
   * Names this token, for single use. Two spellings of one signature, and the second signature that anybody can
   * compute from an ECDSA one (n - s), have the same; two tokens signed in the same second have not.
   */
  use: string;
  expiresAt: Date;
}

/** Members that WebCrypto and JOSE libraries write into a public P-256 key beside the ones that make it. */
const JWK_MEMBERS = new Set(['kty', 'crv', 'x', 'y', 'alg', 'use', 'key_ops', 'ext', 'kid']);
/** A coordinate: 32 bytes in base64url, the last character with no bits to spare, so that a key has one spelling. */
const COORDINATE = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
/** The order of the group of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * Verifies a compact JWT by the public key in its own header: ES256 with a P-256 key and nothing else, `exp`
 * required and near. Throws TokenInvalid.
 */
export async function verifySelfSigned(token: string, options: VerifySelfSigned): Promise<SelfSigned> {
  if (typeof token !== 'string' || token.length > options.maxLength) throw new TokenInvalid('malformed');
  const header = readHeader(token);
  if (header.alg !== 'ES256') throw new TokenInvalid('alg');
  // no kid, jku, x5c or crit: the key in the header is the only one that is meant, and nothing is to be fetched
  const unknown = Object.keys(header).some((name) => name !== 'alg' && name !== 'jwk' && name !== 'typ');
  if (unknown || (header.typ !== undefined && header.typ !== 'JWT')) throw new TokenInvalid('header');
  const { x, y } = publicP256(header.jwk);
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  const claims = await verifiedClaims(token, jwk);
  const expiresAt = checkedExpiry(claims, options);
  const thumbprint = createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');
  return { claims, thumbprint, use: useOf(token), expiresAt };
}

/** The coordinates of a public P-256 key; a private member, another curve or a second spelling is refused. */
function publicP256(jwk: unknown): { x: string; y: string } {
  if (jwk === null || typeof jwk !== 'object' || Array.isArray(jwk)) throw new TokenInvalid('jwk');
  const { kty, crv, x, y, alg, use } = jwk as Record<string, unknown>;
  const known = Object.keys(jwk).every((name) => JWK_MEMBERS.has(name));
  const fits = kty === 'EC' && crv === 'P-256' && (alg === undefined || alg === 'ES256') && use !== 'enc';
  const point = typeof x === 'string' && typeof y === 'string' && COORDINATE.test(x) && COORDINATE.test(y);
  if (!known || !fits || !point) throw new TokenInvalid('jwk');
  return { x, y };
}

async function verifiedClaims(token: string, jwk: { kty: string; crv: string; x: string; y: string }) {
  let claims: unknown;
  try {
    // not through the cache of imported keys: strangers' keys must not push out the ones we work with
    const { payload } = await compactVerify(token, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] });
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new TokenInvalid('signature');
  }
  if (claims === null || typeof claims !== 'object' || Array.isArray(claims))
    throw new TokenInvalid('claims');
  return claims as Claims;
}

function checkedExpiry({ exp }: Claims, options: VerifySelfSigned): Date {
  const { now, maxLifetimeSeconds, pastSkewSeconds, futureSkewSeconds } = options;
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new TokenInvalid('exp');
  const left = exp - now.getTime() / 1000;
  if (left <= -pastSkewSeconds || left > maxLifetimeSeconds + futureSkewSeconds)
    throw new TokenInvalid('exp');
  return new Date(exp * 1000);
}

function useOf(token: string): string {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const low = s > ORDER / 2n ? ORDER - s : s;
  return createHash('sha256')
    .update(token.slice(0, end))
    .update(signature.subarray(0, 32))
    .update(low.toString(16))
    .digest('base64url');
}
