import type { VerifiedToken } from '@countersign/contracts';
import type { SharedClaims } from '../tokens/claims.decide.ts';
import type { Introspection } from './oauth.schemas.ts';

/** What introspection says of an access token or a grant that holds (RFC 7662 §2.2). */
export function introspectionOf(of: {
  claims: Record<string, unknown>;
  verified: VerifiedToken;
}): Introspection {
  const { claims, verified } = of;
  return {
    active: true,
    token_type: 'Bearer',
    scope: verified.scopes.join(' '),
    ...(verified.keyId !== undefined && { client_id: verified.keyId }),
    ...(verified.userId !== '' && { sub: verified.userId, username: verified.username }),
    aud: claims.aud as string,
    iss: claims.iss as string,
    jti: verified.jti,
    iat: claims.iat as number,
    exp: verified.exp,
    auth_time: verified.authTime,
    acr: verified.acr,
    amr: verified.amr,
  };
}

/** What it says of a refresh token that can be used: whose it is and when its family ends. */
export function introspectionOfRefresh({
  claims,
  until,
}: {
  claims: SharedClaims;
  until: number;
}): Introspection {
  const { sub, username, aud, iss, iat, auth_time, acr, amr } = claims;
  return { active: true, sub, username, aud, iss, iat, exp: until, auth_time, acr, amr };
}
