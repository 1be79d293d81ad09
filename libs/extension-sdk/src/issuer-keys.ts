import { createLocalJWKSet, createRemoteJWKSet, type FlattenedVerifyGetKey, type JSONWebKeySet } from 'jose';

/** Where an issuer's public keys come from. */
export interface IssuerKeys {
  /** `https://<platform>/apps/<application>`: who must have signed. Compared exactly. */
  issuer: string;
  /** The keys themselves, or where they are, unless at `<issuer>/v1/sso/jwks.json`. */
  jwks?: JSONWebKeySet | string | URL;
  /** Fetch keys without TLS from other machines too. Who can change the keys on the way can ask as anybody. */
  allowHttp?: boolean;
}

/**
 * The key finder of an issuer. Fetched keys are kept for 10 minutes, fetched once for many requests at a time, and
 * fetched again for an unknown `kid` at most every 30 s. Throws TypeError for an address that is none.
 */
export function keysOf({ issuer, jwks, allowHttp = false }: IssuerKeys): FlattenedVerifyGetKey {
  if (!URL.canParse(issuer)) throw new TypeError('issuer must be https://<platform>/apps/<application>');
  if (jwks && typeof jwks === 'object' && !(jwks instanceof URL)) return createLocalJWKSet(jwks);
  const url = new URL(jwks ?? `${issuer}/v1/sso/jwks.json`);
  const isLocal = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && (isLocal || allowHttp)))
    throw new TypeError(`keys are fetched by https, not from ${url.origin} (see allowHttp)`);
  return createRemoteJWKSet(url, { timeoutDuration: 3000, cooldownDuration: 30_000 });
}
