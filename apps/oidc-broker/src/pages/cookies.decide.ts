/** A cookie of a page of ours. */
export interface OwnCookie {
  name: string;
  value: string;
  /** 0 takes it away. */
  seconds: number;
  isSecure: boolean;
}

/** With https the browser itself refuses one that another host or plain http set (SES-08). */
const cookieName = (name: string, isSecure: boolean): string => `${isSecure ? '__Host-' : ''}${name}`;

/** The Set-Cookie header: for this host alone, unseen by scripts, not sent along with other sites' forms. */
export const setCookie = ({ name, value, seconds, isSecure }: OwnCookie): string =>
  `${cookieName(name, isSecure)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;

/** The value in a Cookie header; undefined where there is none, or more than one: somebody planted the other. */
export function readCookie(header: string | undefined, name: string, isSecure: boolean): string | undefined {
  const wanted = cookieName(name, isSecure);
  const values = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === wanted ? [pair.slice(at + 1).trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}
