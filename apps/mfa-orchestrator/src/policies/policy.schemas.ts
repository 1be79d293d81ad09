import { acrValue, plainText } from '@countersign/contracts';
import { z } from 'zod';
import { asksForMore, enrolment, factor, type Factor, GIVEN_FACTORS } from './factors.ts';

/** When `external` is offered alone, whatever else the user has: the seed's three cases (LoginID). */
export const aloneCase = z.enum(['no-passkey', 'new-device', 'passkey-failed']);
export type AloneCase = z.infer<typeof aloneCase>;

/** Names of policies; `registration` is the orchestrator's own. */
export const policyName = plainText(128).refine((name) => name !== 'registration', 'is reserved');
const names = policyName;
const showable = factor.exclude(['grant']);

/** What a policy says: which proofs satisfy, which actions are offered and in which order. */
export const policyDefinition = z
  .strictObject({
    description: plainText(500).optional(),
    offers: z
      .array(factor.exclude(GIVEN_FACTORS))
      .min(1)
      .max(20)
      .meta({ description: 'Factors offered, in this order' }),
    satisfiedBy: z
      .array(
        z
          .array(showable)
          .min(1)
          .max(10)
          .refine(asksForMore, 'an earlier login, a password or a passcode alone satisfies nothing'),
      )
      .min(1)
      .max(20)
      .meta({
        description:
          'Alternatives; of one alternative every factor must be shown, each by an authenticator of its own',
      }),
    minAcr: acrValue.optional().meta({ description: 'Lowest assurance a proof must have to count' }),
    combinedAcr: acrValue.optional().meta({
      description:
        'Assurance all proofs together must reach: aal2 needs two categories by two authenticators, or a passkey with user verification; e-mail counts for none',
    }),
    userVerification: z.enum(['required', 'preferred']).optional().meta({
      description: '`required`: a passkey that did not verify its user does not count',
    }),
    externalAlone: z.array(aloneCase).max(3).optional().meta({
      description: 'When `external` is the only action offered',
    }),
    loginMaxAgeSeconds: z.int().min(1).max(86_400).optional().meta({
      description: 'How old an earlier login (`login`, shown by its access token at begin) may be to count',
    }),
    enrols: z.array(enrolment).max(5).optional().meta({
      description: 'Enrolments asked for at the end where the user lacks that factor',
    }),
    onceEnrolled: names.optional().meta({
      description:
        'Where this policy is the default: the policy that holds once the user has a factor of ours',
    }),
    externalProvider: names
      .optional()
      .meta({ description: 'MFA provider whose registration value `external` shows' }),
  })
  .meta({ id: 'PolicyDefinition' });
export type PolicyDefinition = z.infer<typeof policyDefinition>;

export const policyRequest = z
  .strictObject({ name: names, ...policyDefinition.shape })
  .meta({ id: 'PolicyRequest' });

export const policyView = z
  .object({
    name: z.string(),
    ...policyDefinition.shape,
    version: z.int(),
    builtIn: z.boolean(),
  })
  .meta({ id: 'Policy' });

/** A policy as it is decided on. The orchestrator's own may name what applications' cannot. */
export type Policy = Omit<z.infer<typeof policyView>, 'satisfiedBy'> & { satisfiedBy: Factor[][] };

export const policyList = z
  .object({ items: z.array(policyView), next: z.string().optional() })
  .meta({ id: 'PolicyList' });
