import type { NextItem, RemainingFactor, TotpSetup } from './actions.types.ts';

/** What the server said when the flow was complete. What does not apply is an empty string. */
export interface Completed {
  /** base64 of the confirmed payload. */
  payload: string;
  /** Compact JWS: the decision of a challenge, or the signature over the payload. */
  payloadSignature: string;
  idToken: string;
  accessToken: string;
  refreshToken: string;
  deviceId?: string;
  passkeyInfo?: PasskeyInfo;
}

/** The passkey of the completing step, where the server tells it. */
export interface PasskeyInfo {
  passkeyId: string;
  aaguid: string;
  publicKey: string;
  [more: string]: unknown;
}

/** The flow as this client knows it; what storage holds. */
export interface FlowState {
  username: string;
  /** `signIn`, `signUp`; servers write other spellings too. */
  flow?: string;
  flowId?: string;
  session?: string;
  next: NextItem[];
  /** The server's own choice; LoginID's servers send none. */
  nextAction?: string;
  because: string[];
  expiresAt?: string;
  completed?: Completed;
}

/** LoginID's MfaSessionResult and what ours adds. */
export interface MfaSessionDetails {
  username: string;
  flow?: string;
  flowId?: string;
  session?: string;
  nextAction?: string;
  next: NextItem[];
  because: string[];
  /** ISO 8601; after it the flow is over. */
  expiresAt?: string;
  remainingFactors: RemainingFactor[];
  isComplete: boolean;
  accessToken?: string;
  idToken?: string;
  refreshToken?: string;
  /** base64 of the payload that was confirmed. */
  payload?: string;
  payloadSignature?: string;
  deviceId?: string;
  passkeyCredential?: PasskeyInfo;
}

/** What an action answers: the session afterwards, and what the user must be shown once. */
export interface MfaResult extends MfaSessionDetails {
  /** After `totp:enrol` without a code. */
  totp?: TotpSetup;
  /** After `recovery:enrol` without a code. */
  recoveryCodes?: string[];
}
