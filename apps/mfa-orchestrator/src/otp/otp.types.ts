import type { OtpFactor } from '../contacts/contact.types.ts';
import type { Proof } from '../flows/proof.types.ts';

/** Codes of one purpose are tried this often: five of a million (security 4). A new code does not begin anew. */
export const CODE_MAX_TRIES = 5;
/** After this time without success the count of a purpose begins anew, in seconds: nobody is locked out for good. */
export const TRIES_WINDOW_SECONDS = 3600;

/** What a code vouches for beyond its address, or what it is about. */
export interface Carried {
  /** The factor it is a proof of, in a flow or for `auth/otp/verify`. */
  factor?: OtpFactor;
  /** The new address it proves, sealed under `id`, while a flow enrols it. */
  address?: { id: string; channel: 'email' | 'sms'; sealed: string };
  /** The login behind an access token: a code made with it carries what that login showed. */
  login?: CarriedLogin;
}

/** A login that a code carries to another device. */
export interface CarriedLogin {
  /** The access token's id. */
  jti: string;
  /** The access token, sealed for the code's purpose: it is asked about again when the code is typed. */
  token: string;
  /** The proofs that login was made of. */
  proofs: CarriedProof[];
}

/** A proof of an earlier login, with the time it was shown at (ISO 8601 in the row). */
export type CarriedProof = Proof & { authenticatedAt: string | Date };

/** Which code is meant. All of it is compared when the code is tried (invariant 1). */
export interface CodeBinding {
  /** `flow:<id>`, `enrol:<flow id>`, `contact:<id>`, `login:<user id>`, `device:<user id>`. */
  purpose: string;
  appId: string;
  userId: string;
}

/** A code that was typed right and is not yet consumed. */
export interface RightCode extends CodeBinding {
  codeHash: string;
  contactId: string | null;
  carries: Carried | null;
}
