import type { NewEvent } from '@countersign/messaging';
import type { Passkey } from './passkey.types.ts';

type Told = Pick<Passkey, 'id' | 'appId' | 'userId'>;

const about = ({ id, appId, userId }: Told) => ({
  appId,
  subject: userId,
  key: userId,
  data: { userId, kind: 'passkey', id },
});

/** A user made a passkey. */
export const factorAdded = (passkey: Told): NewEvent => ({
  type: 'mfa.user.factor-added.v1',
  ...about(passkey),
});

/** A user's passkey is gone. */
export const factorRemoved = (passkey: Told): NewEvent => ({
  type: 'mfa.user.factor-removed.v1',
  ...about(passkey),
});

/** A passkey's counter went backwards: it satisfies nothing until it is made anew. */
export const factorLocked = (passkey: Told): NewEvent => ({
  type: 'mfa.user.factor-locked.v1',
  ...about(passkey),
});
