import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { ClientJwk } from './client.types.ts';

/** Keys a client may have at a time: enough to turn them over. */
const KEYS_MAX = 10;
const RSA_BITS = { min: 2048, max: 4096 };

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url');
const common = {
  kid: z.string().regex(/^[!-~]{1,128}$/, 'must be 1 to 128 ASCII characters without spaces'),
  use: z.literal('sig').default('sig'),
};

// strict: a private member is named in a refusal, never dropped in silence
const jwk = z
  .discriminatedUnion('kty', [
    z.strictObject({
      ...common,
      kty: z.literal('OKP'),
      alg: z.literal('EdDSA'),
      crv: z.literal('Ed25519'),
      x: coordinate,
    }),
    z.strictObject({
      ...common,
      kty: z.literal('EC'),
      alg: z.literal('ES256'),
      crv: z.literal('P-256'),
      x: coordinate,
      y: coordinate,
    }),
    z.strictObject({
      ...common,
      kty: z.literal('RSA'),
      alg: z.enum(['RS256', 'PS256']),
      n: z.string().regex(/^[A-Za-z0-9_-]{342,684}$/, 'must be 2048 to 4096 bits in base64url'),
      e: z.literal('AQAB'),
    }),
  ])
  .refine((key) => isSound(key), 'is no key of that kind');

/** Public keys by which a client proves itself (private_key_jwt). A key is good for the one algorithm it names (JWT-02). */
export const clientJwks = z
  .strictObject({
    keys: z
      .array(jwk)
      .min(1)
      .max(KEYS_MAX)
      .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys have one kid'),
  })
  .meta({ id: 'ClientJwks', description: 'Public keys of a client (RFC 7517); nothing private' });

/** Whether it is a point on its curve, or a modulus of a length that is neither weak nor slow to check. */
function isSound(key: ClientJwk): boolean {
  const imported = keyObject(key);
  if (!imported) return false;
  const bits = imported.asymmetricKeyDetails?.modulusLength;
  return bits === undefined || (bits >= RSA_BITS.min && bits <= RSA_BITS.max);
}

function keyObject(key: ClientJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...key }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
