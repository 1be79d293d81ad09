/** 256 bits, base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Name of an application's device cookie. With https the browser itself refuses one that another host or plain http set (SES-08). */
export const deviceCookieName = (appId: string, isSecure: boolean): string =>
  `${isSecure ? '__Host-' : ''}cs-device-${appId}`;

/** The value of the cookie in a Cookie header; undefined if there is none, several, or it is no token of ours. */
export function deviceTokenOf(
  header: string | undefined,
  appId: string,
  isSecure: boolean,
): string | undefined {
  const name = deviceCookieName(appId, isSecure);
  const values = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  const [value] = values;
  return values.length === 1 && value !== undefined && TOKEN.test(value) ? value : undefined;
}

/** The Set-Cookie header that keeps the token for `seconds`; 0 takes it away. */
export const deviceCookie = (
  appId: string,
  { token, seconds, isSecure }: { token: string; seconds: number; isSecure: boolean },
): string =>
  `${deviceCookieName(appId, isSecure)}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
