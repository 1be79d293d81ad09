import { systemClock } from '@countersign/kernel';
import type { KoaContextWithOIDC, RefreshToken, Session } from 'oidc-provider';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A session ends after so long without a request, and after so long in any case (security 15, AAL2). */
const SESSION_IDLE = HOUR;
const SESSION_WHOLE = DAY;
/** A family of refresh tokens ends after so long, however often it is rotated (security 29). */
const REFRESH_WHOLE = 30 * DAY;
const REFRESH_IDLE = 14 * DAY;

const seconds = (): number => Math.floor(systemClock.now().getTime() / 1000);

/**
 * Whether the whole time of a kept session or refresh token is over. Its expiry says so too, but for the last second: the
 * provider knows no shorter time than one, so that whoever asked within each second would have it for ever.
 */
export const isWhollyOver = ({ loginTs, iiat }: { loginTs?: number; iiat?: number }): boolean =>
  (loginTs !== undefined && loginTs + SESSION_WHOLE <= seconds()) ||
  (iiat !== undefined && iiat + REFRESH_WHOLE <= seconds());

/** How long what the provider makes holds, in seconds. */
export const LIFETIMES = {
  AccessToken: 30 * MINUTE,
  AuthorizationCode: 30,
  ClientCredentials: 10 * MINUTE,
  Grant: REFRESH_WHOLE + DAY,
  IdToken: HOUR,
  Interaction: 15 * MINUTE,
  RefreshToken: (_ctx: KoaContextWithOIDC, token: RefreshToken): number => {
    const left = (token.iiat ?? seconds()) + REFRESH_WHOLE - seconds();
    return Math.max(1, Math.min(REFRESH_IDLE, left));
  },
  Session: (_ctx: KoaContextWithOIDC, session: Session): number => {
    if (session.loginTs === undefined) return 15 * MINUTE;
    return Math.max(1, Math.min(SESSION_IDLE, session.loginTs + SESSION_WHOLE - seconds()));
  },
};
