import { appIdSchema, keyConstraints, plainText, SCOPES, scopeSchema } from '@countersign/contracts';
import { z } from 'zod';

/** Ten years: longer is for ever. */
const LONGEST_LIFE = 10 * 366 * 24 * 3600;

export const createApiKeyRequest = z
  .strictObject({
    name: plainText(200).optional(),
    scopes: z.array(scopeSchema).max(SCOPES.length * 2),
    constraints: keyConstraints.optional(),
    expiresInSeconds: z.int().min(1).max(LONGEST_LIFE).optional(),
    /** Of another application: the platform key only. */
    appId: appIdSchema.optional(),
  })
  .meta({ id: 'CreateApiKeyRequest' });
export type CreateApiKeyRequest = z.infer<typeof createApiKeyRequest>;

/** A key as it can be read: never the key itself, never its hash (API-08). */
export const apiKeyAnswer = z
  .object({
    keyId: z.string(),
    appId: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    constraints: keyConstraints,
    createdAt: z.string(),
    expiresAt: z.string().optional(),
    revokedAt: z.string().optional(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyAnswer = z.infer<typeof apiKeyAnswer>;

/** The answer that shows the key, once. */
export const createdApiKey = apiKeyAnswer
  .extend({ key: z.string().meta({ description: 'Shown once; only its hash is kept' }) })
  .meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof createdApiKey>;

export const apiKeyList = z
  .object({ items: z.array(apiKeyAnswer), next: z.string().optional() })
  .meta({ id: 'ApiKeyList' });
export type ApiKeyList = z.infer<typeof apiKeyList>;
