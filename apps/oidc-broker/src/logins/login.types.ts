import type { Acr } from '@countersign/contracts';

/** What a user has shown to this browser's session, or in this login. Sessions keep the newest of each. */
export interface Proof {
  /** `mfa`: a flow of the orchestrator that satisfied `policy`. `device`: a remembered one, which raises nothing. */
  factor: 'password' | 'passkey' | 'image-passcode' | 'mfa' | 'device';
  /** Seconds since the epoch. */
  at: number;
  /** RFC 8176. */
  amr: string[];
  acr: Acr;
  /** Of `mfa`: the policy that was satisfied, and the flow that did. Of `passkey`: its flow. */
  policy?: string;
  flowId?: string;
  challengeId?: string;
  /** Of `device`: the client it stands in for, and for nothing else. */
  clientId?: string;
  /** Of `mfa` for scopes: the login (interaction) whose consent it was shown for. */
  consentUid?: string;
  /** Of `mfa` and `device`: the authorization request it was shown for ({@link Login.requestId}). */
  requestId?: string;
}

/** `second-factor`: scope `openid 2fa`, for exactly one user somebody else has let in (seed Visual Passcodes). */
export type LoginMode = 'login' | 'second-factor';

export type StepName =
  | 'identify'
  | 'password'
  | 'passkey'
  | 'image-passcode'
  | 'image-passcode-enrol'
  | 'mfa'
  | 'scope-mfa'
  | 'consent';

/** A login in progress: a row of ours beside the provider's interaction of the same id. */
export interface Login {
  uid: string;
  appId: string;
  clientId: string;
  /** The same for all logins that one authorization request led to (the provider's `cid`). */
  requestId?: string | undefined;
  mode: LoginMode;
  /** Counts submissions; a form of an older page is refused. */
  version: number;
  /** As typed, or the request's login_hint. Nobody has proved to be that user until `proofs` say so. */
  username?: string;
  /** Known once a proof says who it is (`login`), or once the hint was looked up and exists (`second-factor`). */
  userId?: string;
  proofs: Proof[];
  /** What steps keep between requests, by step; sealed at rest. JSON. */
  data: Partial<Record<StepName, unknown>>;
  /** What the provider asks for: its prompt's details. */
  demand: {
    prompt: 'login' | 'mfa' | 'consent';
    /** Policy of the client (`mfa`), or of the scopes (`consent`), that is not satisfied. */
    policy?: string;
    /** Protected scopes that wait. */
    protectedScopes?: string[];
    /** Scopes and claims to ask the user about. */
    scopes: string[];
    claims: string[];
    /** `2fa_link`: whoever has no passcode makes one. */
    link?: boolean;
  };
  /** Seconds since the epoch. */
  expiresAt: number;
}

/** What a page needs to know to be of its application. */
export interface PageContext {
  appId: string;
  /** Path of the application's pages: `/oidc/demo`. */
  base: string;
  /** Where forms of a login go: the page's own path. Absent outside of logins. */
  action?: string;
  version?: number;
  /** Of pages outside of logins: binds their forms to the session. */
  formToken?: string;
  clientName?: string;
  theme: { name: string; colour: string; logo?: string };
}

/** One submission, looked at by the door: same origin, right version. */
export interface StepRequest {
  form: Record<string, string>;
  clientAddress: string;
  userAgent: string;
  /** Origin the browser is on: one of the configured ones. */
  origin: string;
}

export type StepOutcome =
  /**
   * Not yet: the page again, with what is kept; `error` is told to the user and the status is 400 or 429.
   * `comparedNothing`: nobody tried a factor, so none was refused; a step that has somebody wait has compared nothing either.
   */
  | {
      kind: 'again';
      data?: unknown;
      error?: string;
      retryAfterSeconds?: number;
      comparedNothing?: boolean;
    }
  /** Shown. `userId` and `username` say whose it is; the door refuses another user's. */
  | { kind: 'proved'; proof: Proof; userId: string; username: string }
  /** No user will come of this: the login ends with access_denied. */
  | { kind: 'ended'; reason: string };

/** One step of a login: makes its page, takes its form. Redirects nowhere, knows no provider. */
export interface Step {
  /** HTML of the page's main part. `error` is what the last submission was told. */
  page(login: Login, context: PageContext, error?: string): Promise<string>;
  submit(login: Login, request: StepRequest): Promise<StepOutcome>;
}
