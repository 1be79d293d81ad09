import type { UserFactors } from '@countersign/contracts';
import type { Proof } from '../logins/login.types.ts';

/** Whom the provider's cookie of this browser stands for. */
export interface AccountSession {
  appId: string;
  userId: string;
  /** What others know the session by, through all its renewals: no credential. */
  uid: string;
  proofs: Proof[];
  /** By the cookie beside; whether it still counts, `passcodeStandingOf` says. */
  imagesShown?: ImagesShown | undefined;
}

/** The user showed the image passcode on the account's pages: at `at` (seconds), the one made at `enrolledAt` (milliseconds). */
export interface ImagesShown {
  at: number;
  enrolledAt: number;
}

/** Whether the user has an image passcode, and has just shown it. */
export type PasscodeStanding = 'none' | 'held' | 'shown';

export type Factor = UserFactors['items'][number];

/**
 * Whether factors can be changed now. `sure`: just signed in, as strongly as this user is asked to. `images`: so it is once
 * the image passcode is shown.
 */
export type Standing = 'sure' | 'images' | 'confirm';

/** What the page shows of the user. */
export interface AccountView {
  username: string;
  name?: string | undefined;
  hasPassword: boolean;
  passwordMinLength: number;
  passcode: PasscodeStanding;
  standing: Standing;
  /** Undefined: the orchestrator cannot be asked right now. */
  factors: Factor[] | undefined;
  devices: { id: string; userAgent: string; clientAddress: string; issuedAt: Date; expiresAt: Date }[];
  sessions: { sessionId: string; at: number; amr: string[]; isThis: boolean }[];
  consents: { grantId: string; clientName: string; scopes: string[]; at: number }[];
}

/** What came of a form. `confirm`: the user must sign in again first; `images`: show the image passcode first. */
export type AccountOutcome =
  | { kind: 'done'; notice: NoticeCode }
  | { kind: 'refused'; about: 'password' | 'page'; error: string; status?: number }
  | { kind: 'confirm' }
  | { kind: 'images' };

/** Told after a change, by its code in the address: a text of its own would let links say what they like. */
export const NOTICES = {
  'device-forgotten': 'That device is no longer remembered.',
  'devices-forgotten': 'No device is remembered any more.',
  'session-ended': 'That browser is signed out.',
  'sessions-ended': 'You are signed out everywhere else.',
  'consent-revoked': 'That application can no longer use what you had allowed.',
  'passkey-removed': 'The passkey is removed. Delete it on your device, too.',
  'password-changed': 'Your password is changed. You are signed out everywhere else.',
  'passcode-removed': 'Your image passcode is removed.',
  'passcode-set': 'Your image passcode is set.',
  confirmed: 'You can make changes for the next five minutes.',
} as const;
export type NoticeCode = keyof typeof NOTICES;
