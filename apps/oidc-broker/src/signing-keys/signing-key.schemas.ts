import { z } from 'zod';
import { SIGNING_ALGS } from '../clients/client.types.ts';
import type { SigningKey } from './signing-key.types.ts';

/** The longest life of a token that we sign (an hour), and a minute for what is being signed and for clocks. */
const LONGEST_TOKEN_SECONDS = 3_660;

/** Body of `POST /v1/oidc-keys/rotate`. */
export const rotateRequest = z
  .strictObject({
    alg: z.enum(SIGNING_ALGS).meta({ description: 'Which of the application’s keys' }),
    overlapSeconds: z.int().min(0).max(86_400).default(LONGEST_TOKEN_SECONDS).meta({
      description:
        'How long tokens of the replaced key still verify. 0: a key that others may have; id_tokens that it and the keys before it signed verify nowhere any more',
    }),
  })
  .meta({ id: 'RotateOidcKeyRequest' });
export type RotateRequest = z.output<typeof rotateRequest>;

/** A signing key as its application sees it: public and private members are not told, the public ones are in the JWKS. */
export const signingKeyAnswer = z
  .object({
    kid: z.string(),
    alg: z.enum(SIGNING_ALGS),
    status: z.enum(['active', 'retiring']),
    createdAt: z.string(),
    retiresAt: z.string().optional().meta({ description: 'When what it signed stops verifying' }),
  })
  .meta({ id: 'OidcKey' });
export type SigningKeyAnswer = z.infer<typeof signingKeyAnswer>;

export const signingKeyList = z.object({ items: z.array(signingKeyAnswer) }).meta({ id: 'OidcKeyList' });

export const toAnswer = (key: SigningKey): SigningKeyAnswer => ({
  ...{ kid: key.kid, alg: key.alg, status: key.status, createdAt: key.createdAt.toISOString() },
  ...(key.retiresAt && { retiresAt: key.retiresAt.toISOString() }),
});
