import type { RouteInfo } from '@countersign/service-kit';

const PARAMS: Record<string, string> = {
  kind: 'passkey',
  aaguid: '00000000-0000-0000-0000-000000000000',
  id: '00000000-0000-4000-8000-000000000000',
  keyId: '00000000-0000-7000-8000-000000000000',
  username: 'matrix-nobody',
  userId: 'matrix-nobody',
  name: 'matrix-nothing',
  provider: 'matrix-provider',
  auditActionId: 'matrix-nothing',
  appId: 'matrix-nobody',
  app: 'matrix-nobody',
  uid: 'matrix-nothing',
  clientId: 'matrix-nothing',
  file: 'matrix-nothing',
  vendor: 'matrix-vendor',
  key: 'Matrix.Nothing',
};

/** A path that fits a route's pattern, with ids that name nothing. Throws on a parameter nobody gave a value. */
export const pathOf = ({ url }: Pick<RouteInfo, 'url'>): string =>
  url.replace(/:(\w+)/g, (_, name: string) => {
    const value = PARAMS[name];
    if (value === undefined) throw new Error(`route ${url}: no value for :${name}`);
    return value;
  });

/** Whether the route is one of the service itself, which the gateway leads nobody to. */
export const isOwn = ({ url }: Pick<RouteInfo, 'url'>): boolean =>
  ['/healthz', '/readyz', '/metrics', '/openapi.json'].includes(url);

/** Whether the route is a page of the OpenID Provider, which browsers open with cookies of their own. */
export const isPage = ({ url }: Pick<RouteInfo, 'url'>): boolean => /^\/(oidc|admin)(\/|$)/.test(url);

export const isInternal = ({ url }: Pick<RouteInfo, 'url'>): boolean => url.startsWith('/internal/');
