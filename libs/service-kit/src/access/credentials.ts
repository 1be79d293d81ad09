/** The longest credential that is looked at. */
const LONGEST = 4096;

/**
 * The API key in an Authorization header, or undefined: `Bearer <key>`, or `Basic` over `<key>:` or `<key>`
 * (LoginID's clients send both, contracts 1.2). A password after the colon is not looked at.
 */
export function apiKeyIn(authorization: string | undefined): string | undefined {
  const [scheme, value] = split(authorization);
  if (value === undefined) return undefined;
  if (scheme === 'bearer') return value;
  if (scheme !== 'basic') return undefined;
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined;
  const user = Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0];
  return user === '' ? undefined : user;
}

/** The MFA session or access token in an Authorization header: raw, or after `Bearer`. Never one of another scheme. */
export function sessionIn(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > LONGEST) return undefined;
  const [scheme, value] = split(authorization);
  if (value !== undefined) return scheme === 'bearer' ? value : undefined;
  const raw = authorization.trim();
  return raw === '' || /\s/.test(raw) || /^(bearer|basic)$/i.test(raw) ? undefined : raw;
}

/** The token after `Bearer`, or undefined. */
export function bearerIn(authorization: string | undefined): string | undefined {
  const [scheme, value] = split(authorization);
  return scheme === 'bearer' ? value : undefined;
}

function split(authorization: string | undefined): [string?, string?] {
  if (authorization === undefined || authorization.length > LONGEST) return [];
  const match = /^\s*([A-Za-z]+) +(\S+)\s*$/.exec(authorization);
  return match ? [match[1]!.toLowerCase(), match[2]!] : [];
}
