import type { ApplicationSettings, MfaContext } from '@countersign/contracts';
import type { Channel } from '../messages/message.types.ts';

/**
 * Where a contact stands. `primary` and `secondary` are verified, and what LoginID's option names say; `pending` waits
 * for its code, and satisfies nothing.
 */
export type Slot = 'primary' | 'secondary' | 'pending';

/** An address of a user, opened. */
export interface Contact {
  id: string;
  appId: string;
  userId: string;
  channel: Channel;
  slot: Slot;
  address: string;
  /** HMAC of the address: what budgets are counted by. */
  addressHash: string;
  /** Null: nobody has shown yet that it is theirs. */
  verifiedAt: Date | null;
  createdAt: Date;
}

/** Whose a contact is. */
export interface ContactOwner {
  appId: string;
  userId: string;
}

/** The factor a channel is. */
export const FACTOR_OF = { email: 'otp:email', sms: 'otp:sms' } as const satisfies Record<Channel, string>;
export type OtpFactor = (typeof FACTOR_OF)[Channel];
export const CHANNEL_OF: Record<OtpFactor, Channel> = { 'otp:email': 'email', 'otp:sms': 'sms' };

/** How long an address must have been verified to count in a flow, in seconds: in a login it may be as young as it likes. */
export const minAgeSeconds = (
  context: MfaContext,
  settings: Pick<ApplicationSettings, 'contactMinAgeSeconds'>,
) => (context === 'login' ? 0 : settings.contactMinAgeSeconds);
