import type { PublicJwk } from './keys.ts';
import { type JoseHeader, TokenInvalid } from './token-parts.ts';

/** Signatures by which somebody else can be recognised; `none` and the shared-secret HS* are not among them. */
const SUPPORTED = new Set('EdDSA ES256 ES384 ES512 PS256 PS384 PS512 RS256 RS384 RS512'.split(' '));

/** The only algorithm a key is good for: the one it names, and it must fit its type. */
function algorithmOf(key: PublicJwk): string | undefined {
  const natural: Record<string, string> = {
    'OKP Ed25519': 'EdDSA',
    'EC P-256': 'ES256',
    'EC P-384': 'ES384',
    'EC P-521': 'ES512',
  };
  if (key.kty === 'RSA')
    return key.alg !== undefined && /^[PR]S(256|384|512)$/.test(key.alg) ? key.alg : undefined;
  const fits = natural[`${key.kty} ${key.crv}`];
  return key.alg === undefined || key.alg === fits ? fits : undefined;
}

const isForSignatures = ({ use, key_ops: operations }: PublicJwk): boolean =>
  use !== 'enc' && (operations === undefined || operations.includes('verify'));

/**
 * The key a header names and the algorithm to verify with (RFC 8725 §3.1). The algorithm is the key's own: the
 * header must name the same, and the caller must allow it. Throws TokenInvalid.
 */
export function chooseKey(
  header: JoseHeader,
  keys: PublicJwk[],
  algorithms: string[],
): { key: PublicJwk; alg: string; kid: string } {
  const { alg, kid } = header;
  if (typeof alg !== 'string' || !SUPPORTED.has(alg) || !algorithms.includes(alg))
    throw new TokenInvalid('alg');
  if (header.crit !== undefined || header.b64 !== undefined) throw new TokenInvalid('crit');
  if (typeof kid !== 'string') throw new TokenInvalid('kid');
  const named = keys.filter((key) => key.kid === kid);
  if (named.length === 0) throw new TokenInvalid('kid');
  const key = named.find((candidate) => algorithmOf(candidate) === alg && isForSignatures(candidate));
  if (!key) throw new TokenInvalid('alg');
  return { key, alg, kid };
}
