/**
 * Whether a signature counter goes on from the one that was stored (WebAuthn L3 §6.1.1, WA-05). Synced passkeys count
 * nothing: zero after zero is fine. Anything else must be greater, or the key may exist twice.
 */
export const countsOn = (stored: number, shown: number): boolean =>
  shown > stored || (stored === 0 && shown === 0);
