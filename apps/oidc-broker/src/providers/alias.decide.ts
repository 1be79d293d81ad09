/** Where a request to the provider goes: its application, and the path below its mount. */
export interface ProviderPath {
  appId: string;
  path: string;
}

/** Endpoints by their names in the seed's order, `/oidc/authorize/{app}`, besides our own, `/oidc/{app}/authorize`. */
const ENDPOINTS = new Set([
  ...['authorize', 'token', 'par', 'userinfo', 'introspect', 'revoke', 'logout', 'jwks'],
  '.well-known',
]);

/** Other names of endpoints below the mount. */
const ALIASES: Record<string, string> = {
  '/jwks': '/.well-known/jwks',
  '/.well-known/jwks.json': '/.well-known/jwks',
};

const APP = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads the path of a request below `/oidc/`, as it was sent: only these spellings exist, whatever a decoder would make
 * of others (OP-19). Undefined: there is nothing.
 */
export function providerPath(pathname: string): ProviderPath | undefined {
  if (!/^\/oidc\/[\w.~/-]+$/.test(pathname)) return undefined;
  const segments = pathname.slice('/oidc/'.length).split('/');
  if (segments.includes('') || segments.includes('..') || segments.includes('.')) return undefined;
  const [first = '', second = ''] = segments;
  if (first === '.well-known' || (ENDPOINTS.has(first) && !ENDPOINTS.has(second)))
    return fromSeedOrder(segments);
  if (!APP.test(first) || segments.length < 2) return undefined;
  return { appId: first, path: canonical(`/${segments.slice(1).join('/')}`) };
}

/** `/authorize/{app}` and what is below it; `/.well-known/openid-configuration/{app}`. */
function fromSeedOrder(segments: string[]): ProviderPath | undefined {
  const at = segments[0] === '.well-known' ? 2 : 1;
  const appId = segments[at] ?? '';
  if (!APP.test(appId)) return undefined;
  const rest = segments.filter((_, index) => index !== at);
  return { appId, path: canonical(`/${rest.join('/')}`) };
}

const canonical = (path: string): string => ALIASES[path] ?? path;
