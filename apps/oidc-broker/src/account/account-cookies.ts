import type { SealedCookie } from '../pages/own-cookies.ts';
import type { AccountSession } from './account.types.ts';

type Kept = Pick<AccountSession, 'appId' | 'userId' | 'uid'>;

/** What lasts from one page of the account to the next, of one session: another one, also of the same user, reads nothing. */
const keptOf =
  (name: string) =>
  ({ appId, userId, uid }: Kept): SealedCookie => ({
    ...{ appId, name: `${name}-${appId}` },
    context: `${name}/${appId}/${userId}/${uid}`,
  });

/** How far the making of a passcode is. */
export const passcodeCookie = keptOf('cs-passcode');

/** That the passcode was shown ({@link ImagesShown}). */
export const imagesShownCookie = keptOf('cs-images-shown');
