import { readCookie, setCookie } from '../pages/cookies.decide.ts';

/** 256 bits, base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

const nameOf = (appId: string): string => `cs-device-${appId}`;

/** The token in a Cookie header; undefined if there is none, several, or it is no token of ours. */
export function deviceTokenOf(
  header: string | undefined,
  appId: string,
  isSecure: boolean,
): string | undefined {
  const value = readCookie(header, nameOf(appId), isSecure);
  return value !== undefined && TOKEN.test(value) ? value : undefined;
}

/** The Set-Cookie header that keeps the token for `seconds`; 0 takes it away. */
export const deviceCookie = (
  appId: string,
  { token, ...more }: { token: string; seconds: number; isSecure: boolean },
): string => setCookie({ name: nameOf(appId), value: token, ...more });
