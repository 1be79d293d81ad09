import type { NewEvent } from '@countersign/messaging';

/** Told to whoever asks for something that takes a recent login, `FRESH_LOGIN_SECONDS` (ASVS 7.5.1). */
export const STALE_LOGIN = 'needs a login of the last 15 minutes';

/** What changed about a user's factors and devices, without the common head of the names. */
type Change = 'factor-added' | 'factor-removed' | 'factor-locked' | 'device-trusted' | 'device-revoked';

/** Whose factors they are. */
export interface FactorOwner {
  appId: string;
  userId: string;
}

/** Whose factor or device: `kind` is a factor's or a device's, `id` the row's. */
export interface FactorIdentity extends FactorOwner {
  kind: string;
  id: string;
}

/**
 * Tokens of logins until `before` hold no more: a factor went, or all of them (SES-06). The login of `exceptJti` goes on:
 * a user who removes a factor with its token signs out everybody else.
 */
export const signedOut = (appId: string, userId: string, before: Date, exceptJti?: string): NewEvent => ({
  type: 'mfa.user.signed-out.v1',
  appId,
  subject: userId,
  key: userId,
  data: { userId, before: before.toISOString(), ...(exceptJti !== undefined && { exceptJti }) },
});

/**
 * A factor or a trusted device came, went or was locked; guesses lock a whole kind, which has no id. Tells ids and kinds,
 * never an address, a name or a code.
 */
export function factorEvent(change: Change, factor: FactorIdentity): NewEvent;
export function factorEvent(change: 'factor-locked', factor: Omit<FactorIdentity, 'id'>): NewEvent;
export function factorEvent(
  change: Change,
  { appId, userId, kind, id }: Omit<FactorIdentity, 'id'> & { id?: string },
): NewEvent {
  return {
    type: `mfa.user.${change}.v1`,
    appId,
    subject: userId,
    key: userId,
    data: { userId, kind, ...(id !== undefined && { id }) },
  };
}
