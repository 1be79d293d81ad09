import { acrValue, plainText } from '@countersign/contracts';
import { z } from 'zod';

/** Factors a user can show. */
export const factor = z.enum(['external']);
export type Factor = z.infer<typeof factor>;

/** What a policy says: which proofs satisfy, which actions are offered and in which order. */
export const policyDefinition = z
  .strictObject({
    description: plainText(500).optional(),
    offers: z.array(factor).min(1).max(20).meta({ description: 'Actions offered, in this order' }),
    satisfiedBy: z.array(z.array(factor).min(1).max(10)).min(1).max(20).meta({
      description: 'Alternatives; of one alternative every factor must be shown, each by its own proof',
    }),
    minAcr: acrValue.optional().meta({ description: 'Lowest assurance a proof must have to count' }),
    externalProvider: plainText(128)
      .optional()
      .meta({ description: 'MFA provider whose registration value `external` shows' }),
  })
  .meta({ id: 'PolicyDefinition' });
export type PolicyDefinition = z.infer<typeof policyDefinition>;

export const policyRequest = z
  .strictObject({ name: plainText(128), ...policyDefinition.shape })
  .meta({ id: 'PolicyRequest' });

export const policyView = z
  .object({
    name: z.string(),
    ...policyDefinition.shape,
    version: z.int(),
    builtIn: z.boolean(),
  })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof policyView>;

export const policyList = z
  .object({ items: z.array(policyView), next: z.string().optional() })
  .meta({ id: 'PolicyList' });

/** The policy every application has until it writes one of that name: `external` alone, and satisfied by it. */
export const BUILT_IN_POLICY: Policy = {
  name: 'external',
  description: 'The application checks the user its own way and vouches for them',
  offers: ['external'],
  satisfiedBy: [['external']],
  version: 0,
  builtIn: true,
};
