import { z } from 'zod';

/** What is kept in memory of an application, by the names of the seed's tables. */
export const cachedTable = z
  .enum(['ThirdPartyDataElements', 'ThirdPartyData'])
  .meta({ description: 'ThirdPartyDataElements: definitions of elements; ThirdPartyData: values of users' });
export type CachedTable = z.infer<typeof cachedTable>;

/** Body of POST: what is to be read anew. */
export const invalidateRequest = z
  .strictObject({ table: cachedTable })
  .meta({ id: 'CacheInvalidateRequest' });
export type InvalidateRequest = z.infer<typeof invalidateRequest>;

/** It is on its way to every instance. */
export const invalidationAccepted = z
  .object({ invalidationId: z.string(), table: cachedTable })
  .meta({ id: 'CacheInvalidationAccepted' });
export type InvalidationAccepted = z.infer<typeof invalidationAccepted>;

export const invalidationId = z.uuid().meta({ description: 'Of the answer to invalidateCache' });

export const invalidationView = z
  .object({
    invalidationId: z.string(),
    table: cachedTable,
    requestedAt: z.iso.datetime(),
    applied: z.boolean().meta({
      description: 'Every instance that could know something older has dropped it: reads are new everywhere',
    }),
    instances: z.array(
      z.object({
        instance: z.string(),
        appliedAt: z.iso.datetime().optional().meta({ description: 'Absent: not yet' }),
      }),
    ),
  })
  .meta({ id: 'CacheInvalidation' });
export type InvalidationView = z.infer<typeof invalidationView>;
