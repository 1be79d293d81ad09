import { jsonValue, plainText, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { deviceInfo, trustItems } from '../devices/device-info.schemas.ts';
import { assertionResult, creationResult, passkeyName, passkeyView } from './passkey.schemas.ts';

/** The session in a body (contracts §1.1: at least 16 characters). */
const session = z.string().min(16).max(256);
const app = z.object({ id: z.string().min(1).max(256), token: z.string().max(4_096).optional() });
const context = { app, deviceInfo: deviceInfo.optional(), trustItems: trustItems.optional() };

const descriptor = z.object({
  type: z.literal('public-key'),
  id: z.string(),
  transports: z.array(z.string()).optional(),
});
const userVerification = z.enum(['required', 'preferred']);

export const creationOptionsView = z
  .object({
    rp: z.object({ name: z.string(), id: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int(),
    attestation: z.literal('none'),
    authenticatorSelection: z.object({
      authenticatorAttachment: z.literal('cross-platform').optional(),
      requireResidentKey: z.boolean(),
      residentKey: z.enum(['preferred', 'discouraged']),
      userVerification,
    }),
    excludeCredentials: z.array(descriptor),
    extensions: z.object({ credProps: z.literal(true) }),
  })
  .meta({ id: 'PublicKeyCredentialCreationOptions' });

export const requestOptionsView = z
  .object({
    rpId: z.string(),
    challenge: z.string(),
    allowCredentials: z.array(descriptor),
    userVerification,
    timeout: z.int(),
  })
  .meta({ id: 'PublicKeyCredentialRequestOptions' });

export const regInitRequest = z
  .object({
    ...context,
    user: z.object({
      username: usernameSchema,
      usernameType: z.string().max(64).optional(),
      displayName: z.string().max(1024).optional(),
    }),
    passkeyOptions: z
      .object({ conditionalCreate: z.boolean().optional(), securityKey: z.boolean().optional() })
      .optional(),
  })
  .meta({ id: 'RegInit' });
export type RegInitRequest = z.infer<typeof regInitRequest>;

export const regInitAnswer = z
  .object({
    session: z.string(),
    registrationRequestOptions: creationOptionsView,
    action: z.enum(['proceed', 'signIn', 'fail']),
  })
  .meta({ id: 'RegInitAnswer' });

export const regCompleteRequest = z
  .object({ session, creationResult, passkeyName: passkeyName.or(z.literal('')).optional() })
  .meta({ id: 'RegComplete' });
export type RegCompleteRequest = z.infer<typeof regCompleteRequest>;

export const authInitRequest = z
  .object({
    ...context,
    user: z
      .object({
        username: usernameSchema.or(z.literal('')).optional(),
        usernameType: z.string().max(64).optional(),
        displayName: z.string().max(1024).optional(),
      })
      .optional(),
  })
  .meta({ id: 'AuthInit' });
export type AuthInitRequest = z.infer<typeof authInitRequest>;

export const authInitAnswer = z
  .object({
    session: z.string(),
    assertionOptions: requestOptionsView,
    action: z.enum(['proceed', 'crossAuth', 'fallback']),
    crossAuthMethods: z.array(z.enum(['otp', 'otp:sms', 'otp:email'])),
    fallbackMethods: z.array(z.enum(['ciam'])),
  })
  .meta({ id: 'AuthInitAnswer' });
export type AuthInitAnswer = z.infer<typeof authInitAnswer>;

export const authCompleteRequest = z.object({ session, assertionResult }).meta({ id: 'AuthComplete' });
export type AuthCompleteRequest = z.infer<typeof authCompleteRequest>;

/** LoginID's JWT: what the calls outside its MFA API answer. */
export const jwtAnswer = z
  .object({
    jwtAccess: z.string(),
    userId: z.string(),
    deviceId: z.string().optional(),
    passkeyId: z.string().optional(),
  })
  .meta({ id: 'JWT' });
export type JwtAnswer = z.infer<typeof jwtAnswer>;

export const txInitRequest = z
  .object({
    username: usernameSchema,
    txPayload: z.string().min(1).max(65_536).and(jsonValue),
    txType: plainText(64),
    nonce: plainText(256),
  })
  .meta({ id: 'TxInit' });
export type TxInitRequest = z.infer<typeof txInitRequest>;

export const txInitAnswer = z
  .object({ txId: z.string(), session: z.string(), assertionOptions: requestOptionsView })
  .meta({ id: 'TxInitAnswer' });

export const txCompleteRequest = z
  .object({
    session,
    keyHandle: assertionResult.shape.credentialId,
    clientData: assertionResult.shape.clientDataJSON,
    authenticatorData: assertionResult.shape.authenticatorData,
    signature: assertionResult.shape.signature,
  })
  .meta({ id: 'TxComplete' });
export type TxCompleteRequest = z.infer<typeof txCompleteRequest>;

export const txCompleteAnswer = z
  .object({
    token: z.string().meta({ description: 'JWS over the payload that was confirmed' }),
    jwtAccess: z.string().meta({
      description:
        'An access token where what was shown satisfies the policy of logins too; else the same as `token`, which opens nothing',
    }),
    credentialId: z.string(),
    authCred: passkeyView.optional(),
    txId: z.string(),
    nonce: z.string().optional(),
  })
  .meta({ id: 'TxCompleteAnswer' });
export type TxCompleteAnswer = z.infer<typeof txCompleteAnswer>;
