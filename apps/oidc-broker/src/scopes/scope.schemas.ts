import { plainText } from '@countersign/contracts';
import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';
import { mfaDemand } from '../clients/client.schemas.ts';

/** Most scopes an application can add: an instance keeps all of them at hand. */
export const SCOPES_MAX = 100;
const CLAIMS_MAX = 20;

/** Name of a scope: a scope-token (RFC 6749 §3.3). */
export const scopeName = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be 1 to 128 ASCII characters but spaces, " and \\')
  .refine((name) => name !== '.' && name !== '..', 'cannot stand in a path')
  .meta({ description: 'Scope (RFC 6749 §3.3)', example: 'accounts:read' });

/** Claims that are the protocol's own statements: no scope opens or replaces them. */
const RESERVED_CLAIMS = new Set(
  'iss sub aud exp nbf iat jti nonce acr amr azp auth_time at_hash c_hash s_hash sid events cnf client_id scope'.split(
    ' ',
  ),
);

const claimName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/, 'must be 1 to 128 letters, digits and _.:/-, a letter first')
  .refine((name) => !RESERVED_CLAIMS.has(name), 'is a claim of the protocol itself')
  // what every object has already is no claim
  .refine((name) => !(name in {}), 'is no name of a claim');

/** Body of PUT. Of a built-in scope `mfa` alone can be set. */
export const scopeRequest = z
  .strictObject({
    description: plainText(200)
      .refine(
        (text) => !/[\u202a-\u202e\u2066-\u2069]/.test(text),
        'must not contain characters that change the direction of text',
      )
      .optional()
      .meta({ description: 'What users read at consent', example: 'See your accounts' }),
    claims: z
      .array(claimName)
      .max(CLAIMS_MAX)
      .refine((names) => new Set(names).size === names.length, 'names a claim twice')
      .optional(),
    mfa: mfaDemand.nullable().optional().meta({
      description:
        'MFA before it is granted; without maxAgeSeconds at each consent. That the policy is there is not checked here',
    }),
  })
  .meta({ id: 'ScopeRequest' });
export type ScopeRequest = z.output<typeof scopeRequest>;

export const scopeView = z
  .object({
    name: z.string(),
    description: z.string(),
    claims: z.array(z.string()),
    mfa: z.object({ policy: z.string(), maxAgeSeconds: z.int().optional() }).optional(),
    builtIn: z.boolean().meta({ description: 'Of the protocol: always there' }),
  })
  .meta({ id: 'OidcScope' });
export type ScopeView = z.infer<typeof scopeView>;

export const scopeList = pageOf(scopeView).meta({ id: 'OidcScopeList' });
export type ScopeList = z.infer<typeof scopeList>;
