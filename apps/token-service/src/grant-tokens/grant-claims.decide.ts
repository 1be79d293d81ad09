import type { Acr, KeyConstraints, ProofCategory, Scope } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';

/** `typ` of grants: apart from access tokens, so that neither stands for the other where only one is meant. */
export const GRANT_TYP = 'authz+jwt';

/** Seconds a grant lives (LoginID: "a few seconds"; contracts §1.10). */
export const GRANT_SECONDS = 60;

/** Scopes that can be granted to a user's page (LoginID's enum). Never `external:verify`, which vouches for anybody. */
export const GRANTABLE = [
  'passkey:read',
  'passkey:write',
  'profile:read',
  'profile:write',
  'reg:write',
  'auth:write',
] as const satisfies Scope[];
export type Grantable = (typeof GRANTABLE)[number];

/** What a grant says. */
export interface GrantClaims {
  iss: string;
  aud: string;
  /** Absent, as `username`, where it names nobody. */
  sub?: string;
  username?: string;
  scopes: Grantable[];
  tokenType: 'jwtGrant';
  keyId: string;
  /** The most the key may vouch for, and what its check counts as: for whoever weighs the grant as a proof. */
  acr: Acr;
  category: ProofCategory;
  amr: string[];
  auth_time: number;
  iat: number;
  exp: number;
  jti: string;
}

/** What a key with `scopes` may grant of what is asked: all of it, or nothing. */
export function decideGrant(
  scopes: readonly Scope[],
  asked: readonly Grantable[],
): Decision<Grantable[], 'token/grant-exceeds'> {
  const beyond = asked.find((scope) => !scopes.includes(scope));
  if (beyond === undefined) return accept([...new Set(asked)]);
  return refuse('token/grant-exceeds', { field: 'grants', detail: `needs the scope ${beyond}` });
}

/** The claims of a grant. */
export function grantClaims(of: {
  issuer: string;
  appId: string;
  user: { userId: string; username: string } | undefined;
  scopes: Grantable[];
  key: { keyId: string; constraints: KeyConstraints };
  now: Date;
  jti: string;
}): GrantClaims {
  const { constraints, keyId } = of.key;
  const iat = Math.floor(of.now.getTime() / 1000);
  return {
    iss: of.issuer,
    aud: of.appId,
    ...(of.user && { sub: of.user.userId, username: of.user.username }),
    scopes: of.scopes,
    tokenType: 'jwtGrant',
    keyId,
    acr: constraints.acr ?? 'aal1',
    category: constraints.category ?? 'knowledge',
    amr: ['ext'],
    ...{ auth_time: iat, iat, exp: iat + GRANT_SECONDS, jti: of.jti },
  };
}
