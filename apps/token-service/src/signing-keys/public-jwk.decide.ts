/** A key as the JWKS shows it (contracts §1.10). */
export interface PublishedKey {
  kty: string;
  use: 'sig';
  key_ops: ['verify'];
  alg: string;
  kid: string;
  crv: string;
  x: string;
  y: string;
}

/**
 * The public members of `jwk`, named one by one, so that no private or future member can slip out (OP-20).
 * Throws TypeError where a public member is missing.
 */
export function publishedKey(kid: string, alg: string, jwk: Record<string, unknown>): PublishedKey {
  const text = (member: string): string => {
    const value = jwk[member];
    if (typeof value !== 'string') throw new TypeError(`the JWK has no ${member}`);
    return value;
  };
  return {
    kty: text('kty'),
    use: 'sig',
    key_ops: ['verify'],
    alg,
    kid,
    crv: text('crv'),
    x: text('x'),
    y: text('y'),
  };
}
