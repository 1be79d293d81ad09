import { generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { sha256 } from '@countersign/security';
import type { SigningAlg } from '../clients/client.types.ts';
import type { PublicMembers } from './signing-key.types.ts';

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** What each algorithm's keys are made with (security 27: RSA of 3072 bits). */
const SHAPES: Record<SigningAlg, [string, object]> = {
  EdDSA: ['ed25519', {}],
  ES256: ['ec', { namedCurve: 'P-256' }],
  RS256: ['rsa', { modulusLength: 3072 }],
};

/** The members of a public key, in the order that RFC 7638 digests them. */
function publicMembers({ crv, e, kty, n, x, y }: JsonWebKey): PublicMembers {
  const members = Object.entries({ crv, e, kty, n, x, y }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as unknown as PublicMembers;
}

/** A new key pair; `kid` is the thumbprint of its public half (RFC 7638). */
export async function newSigningKey(
  alg: SigningAlg,
): Promise<{ kid: string; publicJwk: PublicMembers; privateJwk: JsonWebKey }> {
  const [type, options] = SHAPES[alg];
  const { publicKey, privateKey } = await generate(type, options);
  const publicJwk = publicMembers(publicKey.export({ format: 'jwk' }));
  const kid = sha256(JSON.stringify(publicJwk));
  return { kid, publicJwk, privateJwk: privateKey.export({ format: 'jwk' }) };
}
