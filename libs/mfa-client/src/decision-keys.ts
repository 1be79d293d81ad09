import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/**
 * Where the application's public decision keys come from: `GET /v1/decisions/jwks.json`, fetched and kept by you
 * (`jwks`) or fetched here (`jwksUri`, https outside your own network: who can change the keys can release anything).
 */
export type KeySource = { jwks: JSONWebKeySet } | { jwksUri: string | URL };

/** More addresses than a host has; beyond it the oldest is dropped, so that odd input cannot fill the memory. */
const KEPT = 100;
const remote = new Map<string, JWTVerifyGetKey>();

/** The key finder for `source`. A remote set is cached, refetched for an unknown `kid` at most every 30 s. */
export function keysFrom(source: KeySource): JWTVerifyGetKey {
  if ('jwks' in source && source.jwks) return createLocalJWKSet(source.jwks);
  if (!('jwksUri' in source) || !source.jwksUri) throw new TypeError('jwks or jwksUri is needed');
  const address = String(source.jwksUri);
  const known = remote.get(address);
  if (known) return known;
  const made = createRemoteJWKSet(new URL(address), { timeoutDuration: 3000, cooldownDuration: 30_000 });
  if (remote.size >= KEPT) remote.delete(remote.keys().next().value!);
  remote.set(address, made);
  return made;
}
