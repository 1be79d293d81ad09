import { z } from 'zod';
import type { SigningKeyEntity } from './signing-key.entity.ts';

/**
 * How long a replaced key is still published unless said otherwise, in seconds: the longest life a token can have
 * (an hour), and a minute for what is being signed and for clocks.
 */
export const LONGEST_TOKEN_SECONDS = 3_660;

/** Body of `POST /v1/signing-keys/rotate`; may be absent. */
export const rotateRequest = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(86_400).default(LONGEST_TOKEN_SECONDS).meta({
      description:
        'How long tokens of the replaced key still verify. 0: a key that others may have, it or one before it; everybody they signed in signs in anew or refreshes',
    }),
  })
  .prefault({})
  .meta({ id: 'RotateSigningKeyRequest' });
export type RotateRequest = z.output<typeof rotateRequest>;

/** A signing key as its application sees it: no private and no public members, those are in the JWKS. */
export const signingKeyAnswer = z
  .object({
    kid: z.string(),
    alg: z.string(),
    status: z.enum(['active', 'retiring']),
    createdAt: z.string(),
    retiresAt: z.string().optional().meta({ description: 'When what it signed stops verifying' }),
  })
  .meta({ id: 'SigningKey' });
export type SigningKeyAnswer = z.infer<typeof signingKeyAnswer>;

export const signingKeyList = z.object({ items: z.array(signingKeyAnswer) }).meta({ id: 'SigningKeyList' });

export const toAnswer = (key: SigningKeyEntity): SigningKeyAnswer => ({
  ...{ kid: key.kid, alg: key.alg, status: key.status, createdAt: key.createdAt.toISOString() },
  ...(key.retiresAt && { retiresAt: key.retiresAt.toISOString() }),
});
