import type { Acr } from '@countersign/contracts';
import type { Category, Shows } from '../policies/factors.ts';

/** One factor shown, or enrolled, in one flow. */
export interface Proof {
  factor: Shows;
  /** Which authenticator: two proofs with one reference are one proof, however often they are shown (ST-10). */
  reference: string;
  acr: Acr;
  amr: string[];
  categories: Category[];
}

/** A proof as it is kept. */
export interface ShownProof extends Proof {
  shownAt: Date;
  /** When an earlier login that stands as proof happened; null: the proof was shown in this flow. */
  authenticatedAt: Date | null;
}

/** A factor the user has with us. */
export interface EnrolledFactor {
  factor: 'passkey' | 'otp:sms' | 'otp:email' | 'totp' | 'recovery';
  acr: Acr;
  /** False: it may not be used here and now, `why` says so (`locked`, `unverified`, `too-young`, `channel-down`). */
  usable: boolean;
  why?: string;
}
