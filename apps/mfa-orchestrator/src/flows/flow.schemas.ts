import { jsonValue, plainText, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { mfaInfoView } from '../challenges/challenge.schemas.ts';

/** Unknown members are dropped: LoginID's clients move on without us. */
export const beginRequest = z
  .object({
    user: z
      .object({
        username: usernameSchema.or(z.literal('')).optional(),
        displayName: z.string().max(1024).optional(),
      })
      .optional(),
    payload: z.string().max(65_536).and(jsonValue).optional(),
    beginTicket: plainText(128).optional(),
    challengeId: z.uuid().optional(),
  })
  .meta({ id: 'MfaBegin' });
export type BeginRequest = z.infer<typeof beginRequest>;

/** An external token, ours or an extension's own. */
export const externalTokenRequest = z
  .object({ token: z.string().min(1).max(4096) })
  .meta({ id: 'MfaThirdPartyVerify' });

/** Steps without a body; whatever stands in it is dropped. */
export const emptyRequest = z.looseObject({}).optional();

export const nextItem = z.object({
  action: z.object({ name: z.string(), label: z.string(), desc: z.string().optional() }),
  options: z
    .array(z.object({ value: z.string(), name: z.string().optional(), label: z.string().optional() }))
    .optional(),
});
export type NextItem = z.infer<typeof nextItem>;

/** LoginID's MfaNext, with what ours adds. */
export const mfaNext = z
  .object({
    msgCode: z.string(),
    msg: z.string(),
    flow: z.enum(['signIn', 'signUp']),
    session: z.string(),
    next: z.array(nextItem),
    flowId: z.uuid(),
    nextAction: z.string().optional(),
    because: z.array(z.string()),
    expiresAt: z.string(),
  })
  .meta({ id: 'MfaNext' });
export type MfaNext = z.infer<typeof mfaNext>;

/** LoginID's Mfa: the flow is complete. What does not apply is an empty string. */
export const mfaComplete = z
  .object({
    flow: z.enum(['signIn', 'signUp']),
    payload: z.string(),
    payloadSignature: z.string(),
    idToken: z.string(),
    accessToken: z.string(),
    refreshToken: z.string(),
    flowId: z.uuid(),
  })
  .meta({ id: 'Mfa' });
export type MfaComplete = z.infer<typeof mfaComplete>;

export const currentFlowView = z
  .object({
    flowId: z.uuid(),
    isAuthenticated: z.boolean(),
    mfaInfo: mfaInfoView,
    status: z.string(),
    next: z.array(nextItem),
    nextAction: z.string().optional(),
    because: z.array(z.string()),
    expiresAt: z.string(),
  })
  .meta({ id: 'CurrentFlow' });
export type CurrentFlow = z.infer<typeof currentFlowView>;
