/** Where a code can go, or how else an action can be done. */
export interface MfaOption {
  value: string;
  label?: string | undefined;
}

/** Something the user may do next, as the orchestrator names it (`otp:email`, `totp:verify`, `email:enrol`, …). */
export interface MfaOffer {
  action: string;
  label: string;
  options: MfaOption[];
}

/** What a flow of the orchestrator is known by here. It stands sealed in the login: the session is a credential. */
export interface MfaState {
  challengeId: string;
  subjectDigest: string;
  userId: string;
  policy: string;
  flowId: string;
  session: string;
  offers: MfaOffer[];
  chosen?: ChosenAction;
}

/** What the user chose to do, and what a page needs for it. */
export interface ChosenAction {
  action: string;
  /** Of codes that are sent: where to, as the orchestrator knows and as the user reads it. */
  option?: string;
  label?: string;
  /** Of `totp:enrol`: what the app is given. */
  totp?: { secret: string; qr: string };
  /** Of `recovery:enrol`: the codes, until the user has kept them. */
  codes?: string[];
}

/** At whose page this happens. */
export interface Visitor {
  clientAddress: string;
  userAgent?: string;
}
