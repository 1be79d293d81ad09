import type { VerifiedToken } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { type Claims, decodeUnverified, TokenInvalid, verifyJwt } from '@countersign/security';
import { publishedKey } from '../signing-keys/public-jwk.decide.ts';
import { familyOf, issuerOf } from '../tokens/claims.decide.ts';
import { ACCESS_TYP } from '../tokens/token-signer.ts';
import { GRANT_TYP } from '../grant-tokens/grant-claims.decide.ts';
import type { TokenState, TokenStateRepository } from './token-state.repository.ts';
import { verifiedOf } from './verified-token.decide.ts';

/** A token that holds now: what it says, and what the other services are told of it. */
export interface CheckedToken {
  claims: Claims;
  verified: VerifiedToken;
}

type Read = { typ: string; kid: string; jti: string };

/** Whether access tokens and grants hold now: signed by a published key, in their time, neither revoked nor forgotten. */
export class TokenCheck {
  constructor(
    private readonly states: TokenStateRepository,
    private readonly publicUrl: string,
    private readonly clock: Clock,
  ) {}

  /** What `token` says, or undefined if it is no token of this application (lower case) that holds now (JWT-06). */
  async check(appId: string, token: string): Promise<CheckedToken | undefined> {
    const read = readable(token);
    const state = read && (await this.stateOf(appId, read));
    if (!read || !state) return undefined;
    try {
      const claims = await verifyJwt(token, {
        keys: [publishedKey(read.kid, state.alg, state.publicJwk)],
        algorithms: ['ES256'],
        typ: read.typ,
        issuer: issuerOf(this.publicUrl, appId),
        audience: appId,
        now: this.clock.now(),
      });
      return { claims, verified: verifiedOf(read.typ, claims, state.flowId) };
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }

  private async stateOf(appId: string, { typ, kid, jti }: Read): Promise<TokenState | undefined> {
    if (typ === GRANT_TYP) return this.states.ofGrant(appId, kid, jti);
    const of = familyOf(jti);
    return of && this.states.ofAccess(appId, kid, of.family, of.generation);
  }
}

/** What a token names, not verified; undefined for what is neither an access token nor a grant. */
function readable(token: string): Read | undefined {
  try {
    const { header, claims } = decodeUnverified(token);
    const { typ, kid } = header;
    const { jti } = claims;
    if (typ !== ACCESS_TYP && typ !== GRANT_TYP) return undefined;
    if (typeof kid !== 'string' || typeof jti !== 'string' || kid.length > 128 || jti.length > 128)
      return undefined;
    return /[\0]/.test(kid + jti) ? undefined : { typ, kid, jti };
  } catch (error) {
    if (error instanceof TokenInvalid) return undefined;
    throw error;
  }
}
