import type { VerifiedToken } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { type Claims, decodeUnverified, TokenInvalid, verifyJwt } from '@countersign/security';
import { publishedKey } from '../signing-keys/public-jwk.decide.ts';
import { issuerOf } from '../tokens/claims.decide.ts';
import { ACCESS_TYP } from '../tokens/token-signer.ts';
import { GRANT_TYP } from '../grant-tokens/grant-claims.decide.ts';
import type { NamedToken, TokenStates } from './token-states.repository.ts';
import { verifiedOf } from './verified-token.decide.ts';

/** A token that holds now: what it says, and what the other services are told of it. */
export interface CheckedToken {
  claims: Claims;
  verified: VerifiedToken;
}

/** What ids of ours look like. */
const NAME = /^[A-Za-z0-9._-]{1,128}$/;

/** Whether access tokens and grants hold now: signed by a published key, in their time, neither revoked nor forgotten. */
export class TokenCheck {
  constructor(
    private readonly states: TokenStates,
    private readonly publicUrl: string,
    private readonly clock: Clock,
  ) {}

  /**
   * What `token` says, or undefined if it is no token of this application (lower case) that holds now (JWT-06).
   * `believed`: for hosts that ask with each of their own requests, half a second old at most.
   */
  async check(
    appId: string,
    token: string,
    as: 'of-now' | 'believed' = 'of-now',
  ): Promise<CheckedToken | undefined> {
    const named = nameOf(appId, token);
    const state = named && (await this.states.find(named, as));
    if (!named || !state) return undefined;
    try {
      const claims = await verifyJwt(token, {
        keys: [publishedKey(named.kid, state.alg, state.publicJwk)],
        algorithms: ['ES256'],
        typ: named.kind === 'grant' ? GRANT_TYP : ACCESS_TYP,
        issuer: issuerOf(this.publicUrl, appId),
        audience: appId,
        now: this.clock.now(),
      });
      return { claims, verified: verifiedOf(named.kind, claims, state.flowId) };
    } catch (error) {
      if (error instanceof TokenInvalid) return undefined;
      throw error;
    }
  }
}

/** What a token names, not verified; undefined for what is neither an access token nor a grant. */
function nameOf(appId: string, token: string): NamedToken | undefined {
  try {
    const { header, claims } = decodeUnverified(token);
    const { typ, kid } = header;
    const { jti } = claims;
    if (typ !== ACCESS_TYP && typ !== GRANT_TYP) return undefined;
    if (typeof kid !== 'string' || typeof jti !== 'string') return undefined;
    if (!NAME.test(kid) || !NAME.test(jti)) return undefined;
    return { appId, kind: typ === GRANT_TYP ? 'grant' : 'access', kid, jti };
  } catch (error) {
    if (error instanceof TokenInvalid) return undefined;
    throw error;
  }
}
