/** For what a device keeps its key (contracts §1.8): a user's own, the wallet's, a merchant's checkout. */
export type DeviceKind = 'auth' | 'wallet' | 'merchant';

/** A device that showed a trust id. */
export interface SeenDevice {
  id: string;
  /** Under which name the trust id came. */
  kind: DeviceKind;
  /** RFC 7638, base64url: what a device is known by. */
  thumbprint: string;
  /** For how long the application trusts devices today, in seconds: an older, longer promise holds no longer. */
  trustSeconds?: number;
}
