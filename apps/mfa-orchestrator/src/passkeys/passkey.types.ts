/** Kinds of transport that WebAuthn and LoginID's clients name. */
export const TRANSPORTS = ['usb', 'nfc', 'ble', 'internal', 'hybrid', 'cable', 'smart-card'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Signature algorithms (COSE) offered to authenticators and accepted of them: ES256, EdDSA, RS256. */
export const ALGORITHMS = [-7, -8, -257] as const;

/** How long an authenticator may take, in milliseconds. */
export const CEREMONY_TIMEOUT_MS = 120_000;

/** Actions of a passkey: the challenge of one is never good for another. */
export type PasskeyAction = 'passkey:auth' | 'passkey:tx' | 'passkey:reg';

/** A user's passkey: its row. */
export interface Passkey {
  id: string;
  appId: string;
  userId: string;
  /** base64url, as canonical as the bytes are. */
  credentialId: string;
  /** COSE. */
  publicKey: Uint8Array;
  algorithm: number;
  signCount: number;
  /** Its counter went backwards: it may have been copied and satisfies nothing any more (WA-05). */
  suspect: boolean;
  /** Whether it verified its user when it was made (WebAuthn: uvInitialized). */
  userVerified: boolean;
  backupEligible: boolean;
  backedUp: boolean;
  aaguid: string;
  transports: string[];
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  lastUsedFrom: Record<string, unknown> | null;
}

/** What an authenticator answers to a request, base64url (LoginID's AssertionResult). */
export interface AssertionResult {
  clientDataJSON: string;
  authenticatorData: string;
  credentialId: string;
  signature: string;
  userHandle?: string | undefined;
}

/** What an authenticator answers to a creation, base64url (LoginID's CreationResult). */
export interface CreationResult {
  clientDataJSON: string;
  attestationObject: string;
  credentialId: string;
  authenticatorData?: string | undefined;
  publicKey?: string | undefined;
  publicKeyAlgorithm?: number | undefined;
  transports?: Transport[] | undefined;
}
