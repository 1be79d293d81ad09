import { jsonValue, mfaContext, plainText, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { CHALLENGE_STATUSES } from './challenge.types.ts';

/** What a user's factor may need to know of the demand; only the keys that apply are there (seed Q2, Q5). */
export const mfaInfoView = z
  .object({
    mfa_context: mfaContext,
    transaction_ids: z.array(z.string()).optional(),
    audit_action_id: z.string().optional(),
    audit_action_name: z.string().optional(),
    registration_value: z.string().optional(),
    sso_identifier: z.string().optional(),
  })
  .meta({ id: 'MfaInfo' });
export type MfaInfo = z.infer<typeof mfaInfoView>;

export const challengeRequest = z
  .strictObject({
    context: z.literal('transaction'),
    username: usernameSchema,
    transactionIds: z
      .array(plainText(256))
      .min(1)
      .max(100)
      .refine((ids) => new Set(ids).size === ids.length, 'must not repeat an id'),
    payload: z
      .string()
      .max(65_536)
      .and(jsonValue)
      .optional()
      .meta({ description: 'Text the user approves; covered by the digest' }),
    requires: plainText(128)
      .optional()
      .meta({ description: 'Name of a policy; the application’s default without' }),
    ttlSeconds: z.int().min(1).max(86_400).default(300),
  })
  .meta({ id: 'ChallengeRequest' });
export type ChallengeRequest = z.infer<typeof challengeRequest>;

export const challengeView = z
  .object({
    id: z.uuid(),
    context: mfaContext,
    username: z.string(),
    status: z.enum(CHALLENGE_STATUSES),
    mfaInfo: mfaInfoView,
    subjectDigest: z.string(),
    because: z.array(z.string()),
    createdAt: z.string(),
    expiresAt: z.string(),
    decision: z.string().optional().meta({ description: 'The signed decision (JWS)' }),
  })
  .meta({ id: 'Challenge' });
export type ChallengeView = z.infer<typeof challengeView>;

export const createdChallengeView = challengeView
  .extend({
    beginTicket: z.string().optional().meta({ description: 'Single use; absent where nobody is asked' }),
  })
  .meta({ id: 'CreatedChallenge' });
export type CreatedChallenge = z.infer<typeof createdChallengeView>;

export const ticketView = z
  .object({ beginTicket: z.string(), expiresAt: z.string() })
  .meta({ id: 'BeginTicket' });

export const challengeList = z
  .object({ items: z.array(challengeView), next: z.string().optional() })
  .meta({ id: 'ChallengeList' });
