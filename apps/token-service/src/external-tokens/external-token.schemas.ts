import { amrValue, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';

/** Ids of flows and challenges go into the path of an internal call, so nothing else is let through. */
const reference = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be an id');
const claimedAmr = z
  .array(amrValue)
  .max(20)
  .meta({ description: 'Methods the host verified by (RFC 8176); counted where the key may claim them' });

/** Body of `POST /fido2/v2/mgmt/grant/external-auth`; unknown members are dropped. */
export const grantRequest = z
  .object({
    username: usernameSchema,
    flowId: reference.optional(),
    challengeId: reference.optional(),
    amr: claimedAmr.optional(),
  })
  .meta({ id: 'ExternalAuthGrantRequest' });
export type GrantRequest = z.infer<typeof grantRequest>;

export const grantAnswer = z
  .object({ token: z.string().meta({ description: 'Single use; shown once' }) })
  .meta({ id: 'ExternalAuthGrant' });

/** Body of `PUT /v1/external-tokens`: a token of the extension's own making (seed Q2: any string). */
export const setTokenRequest = z
  .strictObject({
    flowId: reference,
    username: usernameSchema,
    token: z.string().regex(/^[\x21-\x7e]{32,512}$/, 'must be 32 to 512 visible ASCII characters'),
    amr: claimedAmr.optional(),
  })
  .meta({ id: 'SetExternalTokenRequest' });
export type SetTokenRequest = z.infer<typeof setTokenRequest>;
