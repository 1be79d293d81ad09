import { z } from 'zod';

/** Body of introspection and revocation (RFC 7662 §2.1, RFC 7009 §2.1), as a form or as JSON. */
export const tokenRequest = z
  .object({
    token: z.string().min(1).max(16_384),
    token_type_hint: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Has no effect: what a token is shows in it' }),
  })
  .meta({ id: 'TokenRequest' });
export type TokenRequest = z.infer<typeof tokenRequest>;

/** RFC 7662 §2.2. Of a token that does not hold nothing but `active` is said. */
export const introspection = z
  .object({
    active: z.boolean(),
    scope: z.string().optional().meta({ description: 'Scopes, separated by spaces' }),
    token_type: z.literal('Bearer').optional(),
    client_id: z.string().optional().meta({ description: 'The API key a grant comes from' }),
    username: z.string().optional(),
    sub: z.string().optional(),
    aud: z.string().optional(),
    iss: z.string().optional(),
    jti: z.string().optional(),
    iat: z.number().optional(),
    exp: z.number().optional(),
    auth_time: z.number().optional(),
    acr: z.string().optional(),
    amr: z.array(z.string()).optional(),
  })
  .meta({ id: 'TokenIntrospection' });
export type Introspection = z.infer<typeof introspection>;
