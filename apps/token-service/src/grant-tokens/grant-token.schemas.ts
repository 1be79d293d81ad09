import { usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { GRANTABLE } from './grant-claims.decide.ts';

/** Body of `POST /fido2/v2/mgmt/grant` (contracts §1.10); unknown members are dropped. */
export const grantTokenRequest = z
  .object({
    grants: z
      .array(z.enum(GRANTABLE))
      .min(1)
      .max(GRANTABLE.length * 2)
      .meta({ description: 'Scopes the token shall have; the key needs each of them' }),
    username: usernameSchema.optional(),
  })
  .meta({ id: 'GrantRequest' });
export type GrantTokenRequest = z.infer<typeof grantTokenRequest>;

export const grantTokenAnswer = z
  .object({ token: z.string().meta({ description: 'A JWT, good for 60 seconds' }) })
  .meta({ id: 'Grant' });
