import { z } from 'zod';
import {
  acrValue,
  applicationSettings,
  keyConstraints,
  mfaContext,
  proofCategory,
  scopeSchema,
} from './applications.ts';

/** The services that hold a service key, and the names they go by in service tokens. */
export const SERVICES = ['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** `GET /internal/applications/{appId}` and the `application` of a verified key. */
export const applicationView = z.object({
  appId: z.string(),
  name: z.string(),
  settings: applicationSettings,
});

/** `GET /internal/applications?cursor=`: all of them, page by page; `GET /internal/applications?host=` is one. */
export const applicationPage = z.object({ items: z.array(applicationView), next: z.string().optional() });
export type ApplicationPage = z.infer<typeof applicationPage>;

/** `PATCH /internal/applications/{appId}/otp`: any part of `settings.otp`, checked as settings are. */
export const changeOtpRequest = z.strictObject({
  email: z.record(z.string(), z.unknown()).optional(),
  sms: z.record(z.string(), z.unknown()).optional(),
});
export type ChangeOtpRequest = z.infer<typeof changeOtpRequest>;

/** `POST /internal/api-keys/verify`: 200, or 404 for a key that is unknown, revoked or expired. */
export const verifyKeyRequest = z.strictObject({ key: z.string().min(1).max(512) });
export const verifiedKey = z.object({
  keyId: z.string(),
  appId: z.string(),
  scopes: z.array(scopeSchema),
  constraints: keyConstraints,
  application: applicationView,
});
export type VerifiedKey = z.infer<typeof verifiedKey>;

/** `POST /internal/external-tokens/redeem`: 200, or 404 `token/external-token-refused`. Idempotent per `attempt`. */
export const redeemRequest = z.strictObject({
  appId: z.string(),
  token: z.string(),
  flowId: z.string(),
  /** '' for a flow begun without a user's name: only a token that names exactly this flow fits, and says whose it is. */
  userId: z.string(),
  context: mfaContext,
  /** When the flow began, by the orchestrator's database clock (ISO 8601). */
  flowStartedAt: z.iso.datetime(),
  challengeId: z.string().optional(),
  subjectDigest: z.string().optional(),
  /** Flow and version: a repeat of the same step gets the same answer, no other step does. */
  attempt: z.string(),
});
export type RedeemRequest = z.infer<typeof redeemRequest>;
export const redeemedToken = z.object({
  tokenId: z.string(),
  keyId: z.string(),
  /** Whom the host vouched for. */
  userId: z.string(),
  amr: z.array(z.string()),
  acr: acrValue,
  /** What the check of the key that vouched counts as. */
  category: proofCategory,
});
export type RedeemedToken = z.infer<typeof redeemedToken>;

/** `POST /internal/tokens`: access and id token for a completed login flow. Idempotent on the flow. */
export const issueTokensRequest = z.strictObject({
  appId: z.string(),
  flowId: z.string(),
  userId: z.string(),
  username: z.string(),
  amr: z.array(z.string()),
  acr: z.string(),
  /** When the user proved themselves, in seconds since the epoch. */
  authTime: z.int(),
});
export type IssueTokensRequest = z.infer<typeof issueTokensRequest>;
export const issuedTokens = z.object({
  accessToken: z.string(),
  idToken: z.string(),
  refreshToken: z.string(),
});
export type IssuedTokens = z.infer<typeof issuedTokens>;

/** `POST /internal/access-tokens/verify`: 200, or 404 `token/access-token-refused`, whatever the reason. */
export const verifyAccessTokenRequest = z.strictObject({
  appId: z.string().min(1).max(128),
  token: z.string().min(1).max(16_384),
});
/** A token of a user that holds now: of a login (`access`), or granted by an API key (`grant`). */
export const verifiedToken = z.object({
  kind: z.enum(['access', 'grant']),
  /** '' for a grant that names nobody: it opens nothing that is about a user. */
  userId: z.string(),
  username: z.string(),
  scopes: z.array(z.string()),
  /** Of a grant: the most its key may vouch for. */
  acr: acrValue,
  amr: z.array(z.string()),
  /** When the user proved themselves, or the key vouched, in seconds since the epoch; so is `exp`. */
  authTime: z.int(),
  exp: z.int(),
  /** Unique for each token: whoever takes a token once keeps it until `exp`. */
  jti: z.string(),
  /** The login it comes from (`access`). */
  flowId: z.string().optional(),
  /** The key that granted it, and what its checks count as (`grant`). */
  keyId: z.string().optional(),
  category: proofCategory.optional(),
});
export type VerifiedToken = z.infer<typeof verifiedToken>;

/** `GET /internal/flows/{id}` */
export const flowView = z.object({
  flowId: z.string(),
  appId: z.string(),
  userId: z.string(),
  usernameKey: z.string(),
  context: mfaContext,
  /** `open` is the only status in which a token can be set. */
  status: z.string(),
  offersExternal: z.boolean(),
  challengeId: z.string().optional(),
  subjectDigest: z.string().optional(),
  /** Of a completed flow: whether it would still let its user in today (there, not locked, policy satisfied). Absent: as far as its user is there. */
  standing: z.boolean().optional(),
});
export type FlowView = z.infer<typeof flowView>;

/** `GET /internal/challenges/{id}` */
export const challengeView = z.object({
  challengeId: z.string(),
  appId: z.string(),
  userId: z.string(),
  usernameKey: z.string(),
  context: mfaContext,
  status: z.string(),
  subjectDigest: z.string(),
});
export type ChallengeView = z.infer<typeof challengeView>;

/** `GET /internal/users/{userId}/contacts?appId=`: the user's primary addresses that are verified; no others are told. */
export const userContacts = z.object({
  email: z.string().optional(),
  emailVerified: z.boolean().optional(),
  phoneNumber: z.string().optional(),
  phoneVerified: z.boolean().optional(),
});
export type UserContacts = z.infer<typeof userContacts>;

/** `GET /internal/users/{userId}/factors?appId=`: the user's factors, as their own list shows them (addresses masked). */
export const userFactors = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      id: z.string(),
      label: z.string(),
      createdAt: z.string(),
      lastUsedAt: z.string().optional(),
      verified: z.boolean().optional(),
      suspect: z.boolean().optional(),
    }),
  ),
});
export type UserFactors = z.infer<typeof userFactors>;

/**
 * `POST /internal/users/{userId}/factors/remove`: 204; refused as a user's own access token would be: by a login that is
 * too old, or weaker than the strongest factor. What the login was, oidc-broker saw.
 */
export const removeFactorRequest = z.strictObject({
  appId: z.string().min(1).max(128),
  kind: z.string().min(1).max(32),
  id: z.string().min(1).max(64),
  acr: acrValue,
  /** Seconds since the epoch. */
  authTime: z.int().min(0),
});
export type RemoveFactorRequest = z.infer<typeof removeFactorRequest>;

/** `POST /internal/users/resolve`: the user's id, made on first sight; `at` is the orchestrator's database time. */
export const resolveUserRequest = z.strictObject({ appId: z.string(), username: z.string() });
export const resolvedUser = z.object({ userId: z.string(), at: z.string() });
export type ResolvedUser = z.infer<typeof resolvedUser>;

/** `GET /internal/users/{username}/mfa-context?appId=`: what `mfaInfo` shows of a user (seed Q2). */
export const mfaContextView = z.object({
  ssoIdentifier: z.string().optional(),
  /** Registration value by provider. */
  registrations: z.record(z.string(), z.string()),
});
export type MfaContextView = z.infer<typeof mfaContextView>;
