/** Headers by which a browser says where a form was. */
export interface FormHeaders {
  host?: string | undefined;
  origin?: string | string[] | undefined;
  'sec-fetch-site'?: string | string[] | undefined;
}

/**
 * Whether a form came from a page of this very origin. Browsers say so in Sec-Fetch-Site, and nothing else counts then
 * (`Origin` is `null` where a page tells no referrer, as ours do). Older ones name the page's origin, whose host must be
 * the one that was asked: another scheme would be another port. Who says nothing at all is no browser: there is nobody's
 * cookie to abuse.
 */
export function isSameOrigin(headers: FormHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  return origin === undefined || [`http://${host}`, `https://${host}`].includes(String(origin).toLowerCase());
}
