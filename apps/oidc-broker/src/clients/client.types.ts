/** MFA that a client or a scope asks for: a policy of the orchestrator, by name. */
export interface MfaDemand {
  policy: string;
  /** How old a proof of it may be. Absent: of a client, as old as the session; of a scope, 0: asked for at each consent. */
  maxAgeSeconds?: number;
}

/** What an id can be made of: unreserved characters (RFC 3986 §2.3), so that it needs no escaping in `Basic` and in URLs. */
export const CLIENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

export const CLIENT_KINDS = ['confidential', 'public'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/** What a client's tokens may be signed with: by default EdDSA, the others for clients that know nothing else. */
export const SIGNING_ALGS = ['EdDSA', 'ES256', 'RS256'] as const;
export type SigningAlg = (typeof SIGNING_ALGS)[number];

/** A client's public key for private_key_jwt (RFC 7523 §2.2). Exactly these members: nothing private is ever kept. */
export interface ClientJwk {
  kty: 'OKP' | 'EC' | 'RSA';
  kid: string;
  alg: 'EdDSA' | 'ES256' | 'RS256' | 'PS256';
  use: 'sig';
  crv?: 'Ed25519' | 'P-256';
  x?: string;
  y?: string;
  n?: string;
  e?: string;
}

/** What a client may: kept as one document. */
export interface ClientSettings {
  name: string;
  /** Compared character by character. */
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  grantTypes: GrantType[];
  /** Scopes it may ask for. */
  scopes: string[];
  signingAlg: SigningAlg;
  /** It proves itself by these keys (private_key_jwt). */
  jwks?: { keys: ClientJwk[] };
  /** MFA at every sign-in to it. */
  mfa?: MfaDemand;
  /** `ask`: a request for a second factor without login_hint asks the user who they are. */
  hint: 'required' | 'ask';
  /** In production too, a login_hint for a second factor may come without PAR, where users can change it. */
  hintInFrontChannel: boolean;
  requirePar: boolean;
  consent: 'ask' | 'implied';
  /** How long a device may be remembered instead of MFA; 0: never. */
  rememberDeviceSeconds: number;
  backchannelLogoutUri?: string;
  backchannelLogoutSessionRequired: boolean;
  logoUri?: string;
  policyUri?: string;
  tosUri?: string;
  /** Locked against deletion. */
  protected: boolean;
}

/** A relying party of an application. */
export interface OidcClient extends ClientSettings {
  appId: string;
  clientId: string;
  kind: ClientKind;
  /** SHA-256 of the secrets in force, hexadecimal; at most two, none of a public client. */
  secretHashes: string[];
  createdAt: Date;
  updatedAt: Date;
}
