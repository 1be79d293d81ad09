import type { ClientKind } from './client.types.ts';

/** Longest address a client registers. */
export const URI_MAX = 2048;

/** Names that the answer puts into the address itself: one that is there already would be read instead of ours. */
const ANSWERS = new Set(['code', 'state', 'iss', 'error', 'error_description', 'id_token', 'access_token']);

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Whether an http address stays on the user's machine; names below `localhost` do so by RFC 6761 §6.3. */
const isLoopback = ({ hostname }: URL): boolean =>
  LOOPBACK.test(hostname) || /^[a-z0-9-]+(\.[a-z0-9-]+)*\.localhost$/.test(hostname);

/**
 * Reads an address that is spelt as browsers and we both understand it (OP-01): ASCII as RFC 3986 has it, nothing that a
 * parser would drop, turn or resolve (`\`, tabs, dot segments, default ports, upper-case hosts), no user, no fragment, no
 * wildcard. Answers the URL, or what is wrong.
 */
function plainUrl(text: string): URL | string {
  if (text.length > URI_MAX) return `must have at most ${URI_MAX} characters`;
  if (!/^[!-~]+$/.test(text) || /["<>\\^`{|}]/.test(text)) return 'must be an ASCII URI (RFC 3986)';
  if (text.includes('#')) return 'must not have a fragment';
  if (text.includes('*')) return 'must not have a wildcard: addresses are compared exactly';
  if (/%(?![0-9a-f]{2})/i.test(text)) return 'must have two hexadecimal digits after each %';
  if (!URL.canParse(text)) return 'must be an absolute URI';
  const url = new URL(text);
  if (/^[^/?]*\/\/[^/?]*@/.test(text)) return 'must not name a user';
  // without a path a browser adds one, and that is the same address
  if (url.href !== text && url.href !== withPath(text)) return 'must be spelt as browsers spell it';
  return url;
}

/** The same address with the path a browser gives it. */
const withPath = (text: string): string => text.replace(/^([a-z]+:\/\/[^/?]+)(?=\?|$)/, '$1/');

/**
 * What is wrong with a redirect URI of a client of that kind, or undefined: https, http on the user's own machine, and of
 * public clients private-use schemes with a dot in them (RFC 8252 §7.1), which `javascript:` and `data:` do not have.
 */
export function redirectUriFault(text: string, kind: ClientKind): string | undefined {
  const url = plainUrl(text);
  if (typeof url === 'string') return url;
  for (const name of url.searchParams.keys())
    if (ANSWERS.has(name)) return `must not have a parameter ${name}: that is the answer's`;
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') return isLoopback(url) ? undefined : 'must be https, or http on localhost';
  if (!url.protocol.includes('.'))
    return 'must be https, or http on localhost, or a private-use scheme with a dot';
  return kind === 'public' ? undefined : 'must be https: only a public client has a private-use scheme';
}

/** Whether another program on the user's machine could take what is sent there (RFC 8252 §8.6). */
export const isClaimableUri = (text: string): boolean => !text.startsWith('https://');

/** What is wrong with an address that is called or shown: https; `loopback` lets http to this machine through. */
export function httpsUriFault(text: string, { loopback }: { loopback: boolean }): string | undefined {
  const url = plainUrl(text);
  if (typeof url === 'string') return url;
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && loopback && isLoopback(url)) return undefined;
  return 'must be https';
}

const isDeviceUri = (text: string): boolean =>
  !/^https?:/.test(text) || /^http:\/\/(127\.|\[::1\])/.test(text);

/**
 * Whether a public client is a program on the user's device (RFC 8252 §7): it is answered at a private-use scheme or at a
 * loopback address, where the port is the system's choice.
 */
export const isNativeClient = (kind: ClientKind, redirectUris: readonly string[]): boolean =>
  kind === 'public' && redirectUris.some(isDeviceUri);

/** What does not go together with what kind of program it is: of a native client and of a web page each. */
export function mixedUriFault(text: string, native: boolean): string | undefined {
  if (!native) return /^https?:/.test(text) ? undefined : 'needs a redirect URI with a private-use scheme';
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:' && LOOPBACK.test(hostname))
    return 'must be http: a program on a device is not at https on its own machine';
  if (protocol === 'http:' && !LOOPBACK.test(hostname))
    return 'must be a loopback address or localhost itself';
  return undefined;
}
