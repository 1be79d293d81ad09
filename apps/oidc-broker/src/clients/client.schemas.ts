import { applicationName, plainText } from '@countersign/contracts';
import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';
import { clientJwks } from './client-keys.ts';
import { CLIENT_ID, CLIENT_KINDS, GRANT_TYPES, SIGNING_ALGS } from './client.types.ts';
import { URI_MAX } from './client-uri.decide.ts';

/** Most clients an application can have. */
export const CLIENTS_MAX = 500;
const URIS_MAX = 50;
const SCOPES_PER_CLIENT_MAX = 100;
const NINETY_DAYS = 7_776_000;
/** Longest that a former secret stays in force. */
const OVERLAP_MAX = 604_800;

const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const uri = z.string().min(1).max(URI_MAX);
const uris = z.array(uri).max(URIS_MAX).refine(distinct, 'names an address twice');

/** Id of a client in a path. */
export const clientIdParam = z
  .string()
  .regex(
    CLIENT_ID,
    'must be 1 to 128 letters, digits, dots, dashes, underscores and tildes, a letter or digit first',
  )
  .meta({ description: 'Client', example: 'shop-web' });

/** Id of a client to be made. One that looks like a user's would let its tokens pass for that user's (RFC 9700 §4.15). */
const newClientId = clientIdParam.refine(
  (id) => !/^[A-Za-z0-9_-]{22}$/.test(id),
  'must not have 22 characters, as users’ ids do',
);

/** MFA that is demanded; whether the policy is there is seen when it is asked for, since policies come and go. */
export const mfaDemand = z
  .strictObject({
    policy: plainText(128).meta({ example: 'mfa' }),
    maxAgeSeconds: z
      .int()
      .min(0)
      .max(NINETY_DAYS)
      .optional()
      .meta({ description: 'How old a proof may be; 0: asked for each time' }),
  })
  .meta({
    id: 'MfaDemand',
    description:
      'A policy of mfa-orchestrator, by name: `mfa`, or one of PUT /v1/policies. It is not looked up here; where it is missing when it is needed, users are refused',
  });

const members = {
  name: applicationName.meta({ description: 'Shown to users', example: 'Shop' }),
  redirectUris: uris.meta({ description: 'Compared exactly', example: ['https://shop.example/callback'] }),
  postLogoutRedirectUris: uris,
  grantTypes: z.array(z.enum(GRANT_TYPES)).min(1).max(GRANT_TYPES.length).refine(distinct, 'names one twice'),
  scopes: z
    .array(z.string().min(1).max(128))
    .max(SCOPES_PER_CLIENT_MAX)
    .refine(distinct, 'names a scope twice')
    .meta({ description: 'Scopes it may ask for, at least one; with authorization_code `openid` too' }),
  signingAlg: z.enum(SIGNING_ALGS),
  hint: z.enum(['required', 'ask']).meta({
    description:
      '`ask`: a request for a second factor without login_hint asks the user who they are. Not together with the scope 2fa_link',
  }),
  hintInFrontChannel: z.boolean().meta({
    description:
      'In production too, login_hint for a second factor may come through the browser, without PAR; with 2fa_link it may so in development alone',
  }),
  requirePar: z.boolean().meta({ description: 'Requests are accepted by PAR (RFC 9126) only' }),
  consent: z.enum(['ask', 'implied']),
  rememberDeviceSeconds: z.int().min(0).max(NINETY_DAYS).meta({
    description: 'How long users may have a device remembered instead of MFA; 0: never',
  }),
  backchannelLogoutSessionRequired: z.boolean(),
  protected: z.boolean().meta({ description: 'Locked against deletion' }),
};

const optional = {
  jwks: clientJwks,
  mfa: mfaDemand,
  backchannelLogoutUri: uri,
  logoUri: uri,
  policyUri: uri,
  tosUri: uri,
};

/** Body of POST. Without jwks a confidential client gets a secret. */
export const createClientRequest = z
  .strictObject({
    clientId: newClientId.optional(),
    kind: z.enum(CLIENT_KINDS),
    name: members.name,
    redirectUris: members.redirectUris.default([]),
    postLogoutRedirectUris: members.postLogoutRedirectUris.default([]),
    grantTypes: members.grantTypes.optional().meta({
      description: 'Without it: authorization_code, with the scope offline_access refresh_token too',
    }),
    scopes: members.scopes.default(['openid']),
    signingAlg: members.signingAlg.default('EdDSA'),
    hint: members.hint.default('required'),
    hintInFrontChannel: members.hintInFrontChannel.default(false),
    requirePar: members.requirePar.default(false),
    consent: members.consent.default('ask'),
    rememberDeviceSeconds: members.rememberDeviceSeconds.default(0),
    backchannelLogoutSessionRequired: members.backchannelLogoutSessionRequired.default(false),
    protected: members.protected.default(false),
    ...z.object(optional).partial().shape,
  })
  .meta({ id: 'CreateClientRequest' });
export type CreateClientRequest = z.output<typeof createClientRequest>;

const nullable = Object.fromEntries(
  Object.entries(optional).map(([name, schema]) => [name, schema.nullable()]),
) as { [K in keyof typeof optional]: z.ZodNullable<(typeof optional)[K]> };

/** Body of PATCH: what is named is set, null takes away. Id and kind stay as they are. */
export const changeClientRequest = z
  .strictObject({ ...members, ...nullable })
  .partial()
  .meta({ id: 'ChangeClientRequest' });
export type ChangeClientRequest = z.output<typeof changeClientRequest>;

/** A client as it can be read: never a secret, never a hash of one (API-08). */
export const clientView = z
  .object({
    clientId: z.string(),
    kind: z.enum(CLIENT_KINDS),
    ...members,
    name: z.string(),
    redirectUris: z.array(z.string()),
    postLogoutRedirectUris: z.array(z.string()),
    jwks: z.object({ keys: z.array(z.record(z.string(), z.string())) }).optional(),
    mfa: z.object({ policy: z.string(), maxAgeSeconds: z.int().optional() }).optional(),
    backchannelLogoutUri: z.string().optional(),
    logoUri: z.string().optional(),
    policyUri: z.string().optional(),
    tosUri: z.string().optional(),
    secrets: z.int().meta({ description: 'How many secrets are in force: two while one is rotated' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Client' });
export type ClientView = z.infer<typeof clientView>;

export const clientList = pageOf(clientView).meta({ id: 'ClientList' });
export type ClientList = z.infer<typeof clientList>;

/** The answer that shows a secret, once. */
export const createdClient = z
  .object({
    client: clientView,
    clientSecret: z.string().optional().meta({
      description: 'Shown once, only its hash is kept; absent for public clients and those with keys',
    }),
  })
  .meta({ id: 'CreatedClient' });
export type CreatedClient = z.infer<typeof createdClient>;

/** Body of a rotation. */
export const rotateSecretRequest = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(OVERLAP_MAX)
      .default(0)
      .meta({ description: 'How long the former secret stays in force; 0: it ends now' }),
  })
  .prefault({})
  .meta({ id: 'RotateSecretRequest' });
export type RotateSecretRequest = z.output<typeof rotateSecretRequest>;

export const rotatedSecret = z
  .object({
    clientSecret: z.string().meta({ description: 'Shown once' }),
    formerUntil: z.iso.datetime().optional().meta({ description: 'When the former secret ends' }),
  })
  .meta({ id: 'RotatedSecret' });
export type RotatedSecret = z.infer<typeof rotatedSecret>;
