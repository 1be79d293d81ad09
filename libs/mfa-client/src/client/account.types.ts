/** A passkey in the user's list (contracts §1.4). */
export interface Passkey {
  id: string;
  name: string;
  /** ISO 8601. */
  createdAt: string;
  aaguid: string;
  /** base64url */
  credentialId?: string;
  /** Synchronised between devices by a password manager. */
  credentialSynced?: boolean;
  lastUsedAt?: string;
  lastUsedFromDevice?: { clientName?: string; osName?: string; [more: string]: unknown };
  /** Who keeps it: `iCloud Keychain`, … */
  providerName?: string;
}

/** A factor the user has: how it is told apart is in `label`. */
export interface Factor {
  kind: string;
  id: string;
  label?: string;
  createdAt?: string;
  [more: string]: unknown;
}

/** A device that was recognised in a completed flow. */
export interface Device {
  id: string;
  createdAt?: string;
  lastUsedAt?: string;
  trustedUntil?: string;
  [more: string]: unknown;
}

/** Whose: the flow's own access token unless given. */
export interface AccountOptions {
  accessToken?: string;
  signal?: AbortSignal;
}
