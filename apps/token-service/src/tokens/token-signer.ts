import type { IssuedTokens } from '@countersign/contracts';
import { signJwt } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import { accessClaims, idClaims, type SharedClaims } from './claims.decide.ts';
import type { SealedKey } from './issued-token.repository.ts';

export const ACCESS_TYP = 'at+jwt';
const ID_TYP = 'JWT';

/** Writes what claims say as tokens. */
@Injectable()
export class TokenSigner {
  constructor(private readonly signingKeys: SigningKeyService) {}

  /** Access and id token of `claims`, by the application's key; `key` where a statement brought it already. */
  async sign(
    appId: string,
    claims: SharedClaims,
    key: SealedKey | null,
  ): Promise<Pick<IssuedTokens, 'accessToken' | 'idToken'>> {
    const by = key
      ? this.signingKeys.open({ kid: key.kid, appId, alg: 'ES256', sealedPrivateJwk: key.sealed })
      : await this.signingKeys.active(appId);
    const [accessToken, idToken] = await Promise.all([
      signJwt(by, { typ: ACCESS_TYP }, accessClaims(claims)),
      signJwt(by, { typ: ID_TYP }, idClaims(claims)),
    ]);
    return { accessToken, idToken };
  }
}
