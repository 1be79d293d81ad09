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

const READ = ['GET', 'HEAD'];
const WRITTEN = ['POST'];
/** Pages of other origins may ask, and their browsers ask first. */
const ASKED_FIRST = ['OPTIONS'];

/** What each endpoint takes; the provider reads their paths in either case. */
const METHODS: Record<string, readonly string[]> = {
  '/authorize': [...READ, ...WRITTEN],
  '/logout': [...READ, ...WRITTEN],
  '/logout/confirm': WRITTEN,
  '/logout/success': READ,
  '/par': [...WRITTEN, ...ASKED_FIRST],
  '/token': [...WRITTEN, ...ASKED_FIRST],
  '/introspect': [...WRITTEN, ...ASKED_FIRST],
  '/revoke': [...WRITTEN, ...ASKED_FIRST],
  '/userinfo': [...READ, ...WRITTEN, ...ASKED_FIRST],
  '/.well-known/jwks': [...READ, ...ASKED_FIRST],
  '/.well-known/openid-configuration': [...READ, ...ASKED_FIRST],
  '/.well-known/oauth-authorization-server': [...READ, ...ASKED_FIRST],
};

/** Methods that the path of an endpoint takes (RFC 9110 §9); undefined: there is nothing. */
export function methodsOf(path: string): readonly string[] | undefined {
  const name = path.toLowerCase();
  if (/^\/authorize\/[^/]+$/.test(name)) return READ;
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
}
