import { TokenInvalid, verifyJwt } from '@countersign/security';
import type { Adapter, AdapterPayload, ResourceServer } from 'oidc-provider';
import type { ClientRepository } from '../clients/client.repository.ts';
import type { OidcClient } from '../clients/client.types.ts';
import type { OidcScope } from '../scopes/scope.types.ts';
import type { SigningKey } from '../signing-keys/signing-key.types.ts';

/** Nobody can take such a token back: it is short. */
const LIFETIME_SECONDS = 600;

/** The application's own APIs, for whom clients' own tokens are. */
export const apiOf = (issuer: string): string => `${issuer}/api`;

/**
 * What a client's own token is (RFC 9068): signed by its algorithm, for the application's APIs, of scopes the application
 * made. Scopes that ask for MFA are a user's to grant, and a client has no user (ST-08).
 */
export function apiServer(issuer: string, client: OidcClient, scopes: readonly OidcScope[]): ResourceServer {
  const own = scopes.filter(({ builtIn, mfa, name }) => !builtIn && !mfa && client.scopes.includes(name));
  return {
    scope: own.map(({ name }) => name).join(' '),
    audience: apiOf(issuer),
    accessTokenTTL: LIFETIME_SECONDS,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: client.signingAlg } },
  };
}

const MARK = 'jwt~';

/** A JWT under a name that the introspection endpoint looks up instead of refusing it as one. */
export const asReference = (token: string): string =>
  isJwt(token) ? MARK + token.replaceAll('.', '~') : token;

const isJwt = (token: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);

/** Clients' own tokens lie nowhere: one that is asked about is verified (RFC 7662 §2.2). */
export class ClientCredentialsAdapter implements Adapter {
  constructor(
    private readonly parts: {
      appId: string;
      issuer: string;
      clients: ClientRepository;
      keys: () => Promise<readonly SigningKey[]>;
    },
  ) {}

  async find(reference: string): Promise<AdapterPayload | undefined> {
    if (!reference.startsWith(MARK)) return undefined;
    const { appId, issuer, clients, keys } = this.parts;
    const token = reference.slice(MARK.length).replaceAll('~', '.');
    const published = await keys();
    try {
      const claims = await verifyJwt(token, {
        keys: published.map(({ kid, alg, publicJwk }) => ({
          ...publicJwk,
          kty: String(publicJwk.kty),
          kid,
          alg,
        })),
        algorithms: ['EdDSA', 'ES256', 'RS256'],
        typ: 'at+jwt',
        issuer,
        audience: apiOf(issuer),
      });
      const { jti, iat, exp, scope, aud, client_id: clientId } = claims as Record<string, unknown>;
      if (!(await clients.find(appId, String(clientId)))) return undefined;
      return { kind: 'ClientCredentials', jti, iat, exp, scope, aud, clientId } as AdapterPayload;
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }

  upsert(): Promise<void> {
    return Promise.reject(new Error('a client’s own token is kept nowhere'));
  }

  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  consume(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }

  revokeByGrantId(): Promise<void> {
    return Promise.resolve();
  }
}
