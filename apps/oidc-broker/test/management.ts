import type { Scope } from '@countersign/contracts';
import type { Answer, OidcBroker } from './oidc-broker.ts';

/** Asks with an API key of one application, sometimes with further headers. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Management of `appId` with a key that has those scopes; by default it may all that is the provider's. */
export function management(broker: OidcBroker, appId: string, ...scopes: Scope[]): Ask {
  const key = broker.neighbours.key(
    appId,
    ...(scopes.length > 0 ? scopes : (['oidc:read', 'oidc:write'] as const)),
  );
  return async (method, path, body, headers = {}) => {
    const response = await fetch(broker.service.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

/** A client as most are: confidential, with the code flow. */
export const confidentialClient = {
  kind: 'confidential',
  name: 'Shop',
  redirectUris: ['https://shop.example/callback'],
};
