import { z } from 'zod';
import { APPLICATION_NAME_MAX } from './code-texts.ts';
import { plainText } from './json-values.ts';
import { otpSettings } from './otp-settings.ts';

/** Id of an application (the tenant): a DNS label, compared without case, stored in lower case. */
export const appIdSchema = z
  .string()
  .transform((id) => id.toLowerCase())
  .pipe(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a DNS label'));

/** The reserved application that owns what is nobody's. */
export const PLATFORM_APP = 'platform';

/** Name of an application: shown by authenticators and in messages, where it must read as it is written. */
export const applicationName = plainText(APPLICATION_NAME_MAX).refine(
  // embeddings, overrides and isolates turn the text around them (CWE-451)
  (name) => !/[\u202a-\u202e\u2066-\u2069]/.test(name),
  'must not contain characters that change the direction of text',
);

/** A host name in lower case, without port; no address, for no passkey is made for one. */
const hostName = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(
    /^(?=.*[a-z][a-z0-9-]*$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
    'must be a host name without port',
  );

/** The places at which MFA is asked for (seed Q2: login, transaction authorization, event-driven validation). */
export const mfaContext = z.enum(['login', 'transaction', 'event']);
export type MfaContext = z.infer<typeof mfaContext>;

const seconds = (min: number, max: number, preset: number) => z.int().min(min).max(max).default(preset);

/** A public key of an event producer: a JWK with a `kid`; never a private one. */
export const producerKey = z.looseObject({
  kid: z.string().min(1).max(128),
  kty: z.enum(['OKP', 'EC']),
  crv: z.enum(['Ed25519', 'P-256']),
  x: z.string(),
  y: z.string().optional(),
  d: z.undefined({ error: 'must be a public key' }).optional(),
});

/** Settings of an application. Every member has a default, so `{}` is a working application. */
export const applicationSettings = z
  .strictObject({
    /** `conceal`: an unproven username gets one identical answer. `disclose`: LoginID's behaviour (L1), a leak. */
    accountExistence: z.enum(['conceal', 'disclose']).default('conceal'),
    auditActions: z
      .strictObject({
        /** `broker`: who may write the topic is the broker's business. `signed`: a detached JWS is demanded. */
        trust: z.enum(['broker', 'signed']).default('signed'),
        producerKeys: z.array(producerKey).max(20).default([]),
      })
      .prefault({}),
    budgets: z
      .strictObject({
        eventChallengesPerHour: z.int().min(1).max(100_000).default(5),
        eventChallengesPerDay: z.int().min(1).max(1_000_000).default(10),
        transactionChallengesPerHour: z.int().min(1).max(100_000).default(60),
        /** Second factors that oidc-broker asks one user for, after a first one was shown. */
        loginChallengesPerHour: z.int().min(1).max(100_000).default(60),
      })
      .prefault({}),
    /** Unproven flows open at once per client address; they end after two minutes without a proof. */
    openFlowsPerClientAddress: z.int().min(1).max(100_000).default(100),
    externalTokenTtlSeconds: seconds(30, 300, 60),
    accessTokenTtlSeconds: seconds(60, 3600, 600),
    /** How long after a login its tokens may be refreshed, however often they are; 0: there are no refresh tokens. */
    refreshTokenTtlSeconds: seconds(0, 2_592_000, 28_800),
    /** One-time codes: digits, lifetime in seconds (NIST SP 800-63B-4 §3.1.3.2: 10 minutes at most) and text. */
    otp: otpSettings,
    /** Contacts verified less than this ago satisfy no transaction and no event. */
    contactMinAgeSeconds: seconds(0, 2_592_000, 86_400),
    /** How long a device is trusted after a completed flow; 0: never. */
    deviceTrustSeconds: seconds(0, 31_536_000, 2_592_000),
    /**
     * Whether somebody unknown may register a first passkey without anybody vouching for them (LoginID's default). Only
     * with `disclose`: who is refused exists.
     */
    openRegistration: z.boolean().default(false),
    /** User verification asked of passkeys. A passkey without it counts as one factor. */
    userVerification: z.enum(['required', 'preferred']).default('preferred'),
    /**
     * Fewest characters of a new password in the directory: 15 where a password alone may sign in. 8 is for applications
     * whose clients all ask for MFA (NIST SP 800-63B-4 §3.1.1.2).
     */
    passwordMinLength: z.int().min(8).max(64).default(15),
    /** Number prefixes SMS may go to (`+49`); none: any. */
    smsPrefixes: z
      .array(z.string().regex(/^\+[1-9]\d{0,6}$/))
      .max(200)
      .default([]),
    /** Most messages sent, so that nobody pumps SMS or fills mailboxes (OTP-17). */
    messageBudgets: z
      .strictObject({
        perAddressHour: z.int().min(1).max(100_000).default(5),
        perAddressDay: z.int().min(1).max(100_000).default(10),
        perUserDay: z.int().min(1).max(100_000).default(20),
        perClientHour: z.int().min(1).max(1_000_000).default(30),
        perPrefixDay: z.int().min(1).max(1_000_000).default(500),
        perDay: z.int().min(1).max(10_000_000).default(10_000),
      })
      .prefault({}),
    /** Names of the policies used where a challenge names none. */
    defaultPolicies: z
      .strictObject({
        login: z.string().min(1).max(128).default('external'),
        transaction: z.string().min(1).max(128).default('external'),
      })
      .prefault({}),
    /** WebAuthn relying-party id, the `rpId` claim of access tokens. Null: `{appId}.localhost`. */
    rpId: hostName.nullable().default(null),
    /**
     * Browser origins that may call the API (CORS), `*` for any: sessions stand in headers, never in cookies. Under `*`
     * passkeys work on the host `rpId` alone; whoever wants them on sub-domains or other ports lists the origins.
     */
    origins: z.array(z.string().max(300)).max(50).default(['*']),
    /** Exact host names that carry this application. */
    hostAliases: z.array(z.string().max(253)).max(20).default([]),
  })
  .meta({ id: 'ApplicationSettings' });
export type ApplicationSettings = z.infer<typeof applicationSettings>;

/** An application as services see it. */
export interface Application {
  appId: string;
  name: string;
  settings: ApplicationSettings;
}

/** Scopes an API key can have: LoginID's and ours. */
export const SCOPES = [
  'external:verify',
  'passkey:read',
  'passkey:write',
  'profile:read',
  'profile:write',
  'reg:write',
  'auth:write',
  'user:read',
  'user:write',
  'challenge:read',
  'challenge:write',
  'audit-action:write',
  'patrol:read',
  'patrol:write',
  'sso:read',
  'sso:write',
  'oidc:read',
  'oidc:write',
  'app:read',
  'app:write',
  'ops:read',
  'ops:write',
] as const;
export type Scope = (typeof SCOPES)[number];

/** A scope; `external-verify` is LoginID's other spelling of `external:verify`. */
export const scopeSchema = z
  .string()
  .transform((scope) => (scope === 'external-verify' ? 'external:verify' : scope))
  .pipe(z.enum(SCOPES));

/** Authentication methods (RFC 8176) an external check may claim. */
export const amrValue = z.string().regex(/^[a-z0-9_-]{1,32}$/);

/** Assurance a proof can reach, lowest first. */
export const ACR_LADDER = ['aal1', 'aal2', 'aal3'] as const;
export const acrValue = z.enum(ACR_LADDER);
export type Acr = z.infer<typeof acrValue>;

/** What a proof shows: something known, held, or a trait of the user (NIST SP 800-63B-4 §2). */
export const proofCategory = z.enum(['knowledge', 'possession', 'inherence']);
export type ProofCategory = z.infer<typeof proofCategory>;

/**
 * What a key may vouch for, beyond its scopes. Absent: `contexts` any, `amr` none beyond `ext`, `acr` the lowest,
 * `category` knowledge.
 */
export const keyConstraints = z.strictObject({
  contexts: z.array(mfaContext).min(1).optional(),
  amr: z.array(amrValue).max(20).optional(),
  acr: acrValue.optional(),
  category: proofCategory.optional(),
});
export type KeyConstraints = z.infer<typeof keyConstraints>;
