/** A proof or an enrolment that a server can offer: LoginID's names and, below them, ours. */
export type ActionName =
  | 'passkey:reg'
  | 'passkey:auth'
  | 'passkey:tx'
  | 'otp:sms'
  | 'otp:email'
  | 'otp:verify'
  | 'external'
  | 'totp:verify'
  | 'recovery:verify'
  | EnrolAction;

/** What a user can add in a flow; `enrol` of `beginFlow` asks for it. */
export type EnrolAction = 'passkey:reg' | 'totp:enrol' | 'recovery:enrol' | 'email:enrol' | 'sms:enrol';

/** One offered action, as the server wrote it (LoginID's MfaNext). A name may be newer than this SDK. */
export interface NextItem {
  action: { name: string; label: string; desc?: string };
  options?: { value: string; name?: string; label?: string }[];
}

/** LoginID's summary of an offered action, for a list on a page. */
export interface RemainingFactor {
  type: string;
  label: string;
  description?: string;
  /** Where a code can be sent (otp:email, otp:sms): labels, usually masked. */
  options?: string[];
  /** Options of a passkey ceremony, base64url of JSON. */
  value?: string;
}

/** What a new authenticator app is set up with. Shown once. */
export interface TotpSetup {
  /** Base32, for typing. */
  secret: string;
  /** `otpauth://…` */
  uri: string;
  /** The same as a picture: a `data:` URI for an `<img>`. */
  qr: string;
}

interface Base {
  /** Gives up waiting; the flow stays as it is. */
  signal?: AbortSignal;
}
interface PasskeyStep extends Base {
  /** Ceremony options (base64url of JSON) to use instead of those offered in `next`. */
  payload?: string;
}
interface PasskeyUse extends PasskeyStep {
  /** Conditional UI: passkeys appear in the autofill of an `<input autocomplete="username webauthn">`. */
  autoFill?: boolean;
}
interface Code extends Base {
  payload: string;
}
interface MessageRequest extends Base {
  /** Where to: value or label of an option; the primary address unless given. */
  payload?: string;
}
interface TwoPhases extends Base {
  /** Absent: asks for what to show. Present: the code typed back. */
  payload?: string;
}
/** First the address, then the code that was sent to it. */
type ContactEnrolment = (Base & { address: string; payload?: undefined }) | (Code & { address?: undefined });

/** What each action takes. */
export interface ActionOptions {
  'passkey:reg': PasskeyStep;
  'passkey:auth': PasskeyUse;
  /** `txPayload` is what the user signs; it is sent first and yields new ceremony options. */
  'passkey:tx': PasskeyUse & { txPayload?: string };
  'otp:sms': MessageRequest;
  'otp:email': MessageRequest;
  'otp:verify': Code;
  external: Code;
  'totp:verify': Code;
  'recovery:verify': Code;
  'totp:enrol': TwoPhases;
  'recovery:enrol': TwoPhases;
  'email:enrol': ContactEnrolment;
  'sms:enrol': ContactEnrolment;
}

/** Options may be left out where nothing in them is needed. */
export type PerformArguments<A extends ActionName> =
  Record<never, never> extends ActionOptions[A] ? [options?: ActionOptions[A]] : [options: ActionOptions[A]];
