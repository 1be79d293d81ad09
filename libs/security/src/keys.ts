import { calculateJwkThumbprint, exportJWK, generateKeyPair as generate } from 'jose';

/** What we sign with. Others' tokens may also be RS256 or PS256; see `verifyJwt`. */
export type SigningAlgorithm = 'EdDSA' | 'ES256';

/** A public key as it stands in a JWKS (RFC 7517). */
export interface PublicJwk {
  kty: string;
  kid?: string;
  alg?: string;
  use?: string;
  key_ops?: string[];
  crv?: string;
  x?: string;
  y?: string;
  n?: string;
  e?: string;
}

/** A private key (RFC 7517, RFC 8037). Kept sealed or in a file of mode 600. */
export interface PrivateJwk extends PublicJwk {
  d?: string;
  /** The other members of an RSA key. */
  p?: string;
  q?: string;
  dp?: string;
  dq?: string;
  qi?: string;
}

/** What `signJwt` and `signDetached` need of a key. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateJwk: PrivateJwk;
}

export interface KeyPair extends SigningKey {
  alg: SigningAlgorithm;
  publicJwk: PublicJwk & { kid: string; alg: SigningAlgorithm };
}

/** A new key pair; `kid` is the RFC 7638 thumbprint of the public key. */
export async function generateKeyPair(alg: SigningAlgorithm): Promise<KeyPair> {
  const pair = await generate(alg, { extractable: true });
  const publicPart = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicPart, 'sha256');
  const publicJwk = { ...(publicPart as PublicJwk), kid, alg, use: 'sig' };
  const privateJwk = { ...((await exportJWK(pair.privateKey)) as PrivateJwk), kid, alg };
  return { kid, alg, publicJwk, privateJwk };
}
