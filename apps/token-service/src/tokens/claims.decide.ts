import type { IssueTokensRequest } from '@countersign/contracts';

/** What both tokens of a completed flow say. Written once for a flow and kept; never computed again. */
export interface SharedClaims {
  iss: string;
  /** The application's id, a plain string (LoginID). */
  aud: string;
  sub: string;
  username: string;
  rpId: string;
  amr: string[];
  acr: string;
  /** Seconds since the epoch, as `iat` and `exp`. */
  auth_time: number;
  iat: number;
  exp: number;
  jti: string;
}

/** What the claims are made from besides the completed flow. */
export interface ClaimFacts {
  publicUrl: string;
  rpId: string | null;
  ttlSeconds: number;
  now: Date;
  jti: string;
}

/** The `iss` of an application's tokens: from configuration, never from the request (JWT-06). */
export const issuerOf = (publicUrl: string, appId: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/apps/${appId}`;

/** What the tokens of this flow say. */
export function sharedClaims(request: IssueTokensRequest, facts: ClaimFacts): SharedClaims {
  const iat = Math.floor(facts.now.getTime() / 1000);
  return {
    iss: issuerOf(facts.publicUrl, request.appId),
    aud: request.appId,
    sub: request.userId,
    username: request.username,
    rpId: facts.rpId ?? `${request.appId}.localhost`,
    amr: request.amr,
    acr: request.acr,
    auth_time: request.authTime,
    iat,
    exp: iat + facts.ttlSeconds,
    jti: facts.jti,
  };
}

/** Claims of the access token, `typ` `at+jwt` (contracts §1.10, RFC 9068 §2.1). */
export const accessClaims = (claims: SharedClaims) => ({
  ...claims,
  scopes: ['passkey:read', 'passkey:write', 'auth:write'],
  tokenType: 'jwtAccess',
  verify: '/fido2/v2/mgmt/token/verify',
});

/** Claims of the id token, `typ` `JWT`: it says who and how, and opens nothing. */
export const idClaims = ({ rpId: _, jti: __, ...claims }: SharedClaims) => claims;
