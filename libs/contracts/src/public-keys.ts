import { z } from 'zod';

/** A set of an application's public Ed25519 keys (RFC 7517 §5), as `id` in the API document. */
export const publicKeySet = (id: string) =>
  z
    .object({
      keys: z.array(
        z.object({
          kty: z.string(),
          crv: z.string(),
          x: z.string(),
          kid: z.string(),
          alg: z.string(),
          use: z.string(),
        }),
      ),
    })
    .meta({ id });
