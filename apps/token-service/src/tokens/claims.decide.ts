import { ACR_LADDER, type Acr, type IssueTokensRequest } from '@countersign/contracts';

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
  /** Seconds since the epoch, as `iat` and `exp`. Of the login: refreshing does not move it (OIDC Core §12.2). */
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

/** When a generation of tokens was made and ends, in seconds since the epoch. */
export interface Life {
  iat: number;
  exp: number;
}

/** The `iss` of an application's tokens: from configuration, never from the request (JWT-06). */
export const issuerOf = (publicUrl: string, appId: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/apps/${appId}`;

/** A life that begins now. */
export function lifeFrom(now: Date, ttlSeconds: number): Life {
  const iat = Math.floor(now.getTime() / 1000);
  return { iat, exp: iat + ttlSeconds };
}

/** What the tokens of this flow say. */
export function sharedClaims(request: IssueTokensRequest, facts: ClaimFacts): SharedClaims {
  return {
    iss: issuerOf(facts.publicUrl, request.appId),
    aud: request.appId,
    sub: request.userId,
    username: request.username,
    rpId: facts.rpId ?? `${request.appId}.localhost`,
    amr: request.amr,
    acr: request.acr,
    auth_time: request.authTime,
    ...lifeFrom(facts.now, facts.ttlSeconds),
    jti: facts.jti,
  };
}

/** What the tokens of a later generation say: the same login (methods, assurance, time), a life of their own. */
export const refreshedClaims = (first: SharedClaims, generation: number, life: Life): SharedClaims => ({
  ...first,
  ...life,
  jti: jtiOf(first.jti, generation),
});

/** The `jti` of a generation's access token; the first has the family's own. */
export const jtiOf = (family: string, generation: number): string =>
  generation === 0 ? family : `${family}.${generation}`;

/** Family and generation of a `jti` that {@link jtiOf} made; undefined for any other value. */
export function familyOf(jti: unknown): { family: string; generation: number } | undefined {
  const match = typeof jti === 'string' ? /^([A-Za-z0-9_-]{1,64})(?:\.([1-9]\d{0,8}))?$/.exec(jti) : null;
  return match ? { family: match[1]!, generation: Number(match[2] ?? 0) } : undefined;
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

/** A value as assurance: what is not on the ladder is its lowest rung. */
export const asAcr = (value: unknown): Acr => ACR_LADDER.find((acr) => acr === value) ?? 'aal1';
