import { jsonValue, plainText, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { deviceInfo, trustItems } from '../devices/device-info.schemas.ts';
import { ENROLMENTS, enrolment } from '../policies/factors.ts';
import { mfaInfoView } from '../challenges/challenge.schemas.ts';

/** Unknown members are dropped: LoginID's clients move on without us. */
export const beginRequest = z
  .object({
    user: z
      .object({
        username: usernameSchema.or(z.literal('')).optional(),
        usernameType: z.string().max(64).optional(),
        displayName: z.string().max(1024).optional(),
        name: z.string().max(1024).optional(),
        phone: z.string().max(64).optional(),
      })
      .optional(),
    deviceInfo: deviceInfo.optional(),
    trustItems: trustItems.optional(),
    traceId: z.string().max(256).optional(),
    enrol: z.array(enrolment).max(ENROLMENTS.length).optional().meta({
      description: 'Factors to enrol in this flow, once policy is satisfied',
    }),
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

/** The text that is to be approved instead (contracts §1.5, `mfa/payload`). */
export const payloadRequest = z
  .object({ payload: z.string().min(1).max(65_536).and(jsonValue) })
  .meta({ id: 'MfaPayload' });

/** The session goes on as it is: the answer of requests that come before a proof. */
export const sessionAnswer = z.object({ session: z.string() }).meta({ id: 'MfaSession' });

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
    deviceId: z.string().optional(),
    passkeyInfo: z
      .object({
        passkeyId: z.string(),
        aaguid: z.string(),
        publicKey: z.string(),
        assertionResult: z.record(z.string(), z.unknown()).optional(),
        creationResult: z.record(z.string(), z.unknown()).optional(),
      })
      .optional(),
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
