import type { VerifiedToken } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { GrantTokenRepository } from '../grant-tokens/grant-token.repository.ts';
import { familyOf } from '../tokens/claims.decide.ts';
import { IssuedTokenRepository } from '../tokens/issued-token.repository.ts';
import { RefreshTokens } from '../tokens/refresh-tokens.ts';
import { TokenCheck } from './token-check.ts';
import { TokenStates } from './token-states.repository.ts';

/** Ends tokens before their time. Whoever asks afterwards, here or by any other service, is told they hold no more. */
@Injectable()
export class RevocationService {
  constructor(
    private readonly tokens: TokenCheck,
    private readonly refreshTokens: RefreshTokens,
    private readonly issued: IssuedTokenRepository,
    private readonly grants: GrantTokenRepository,
    private readonly states: TokenStates,
  ) {}

  /**
   * Ends what the host names (RFC 7009): a refresh token, however old, takes its whole family with it; an access token
   * or a grant itself alone. What is no token of this application, or holds no more, is left alone.
   */
  async revoke(appId: string, token: string): Promise<void> {
    const refresh = this.refreshTokens.read(appId, token);
    const found = refresh ? undefined : await this.tokens.check(appId, token);
    const access = found?.verified.kind === 'access' ? familyOf(found.verified.jti) : undefined;
    if (refresh) await this.issued.revokeFamily(appId, refresh.family);
    else if (access) await this.issued.revokeGeneration(appId, access.family, access.generation);
    else if (found) await this.grants.revoke(appId, found.verified.jti);
    this.states.forget();
  }

  /** Ends the login a token comes from: every access token and the refresh token of it. A grant ends alone. */
  async logOut(appId: string, { kind, jti }: VerifiedToken): Promise<void> {
    const access = kind === 'access' ? familyOf(jti) : undefined;
    if (access) await this.issued.revokeFamily(appId, access.family);
    else await this.grants.revoke(appId, jti);
    this.states.forget();
  }
}
