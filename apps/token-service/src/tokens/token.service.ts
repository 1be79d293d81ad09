import { type IssuedTokens, type IssueTokensRequest } from '@countersign/contracts';
import { accept, type Clock, type Decision, randomToken, refuse } from '@countersign/kernel';
import { InjectClock, InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ApplicationService } from '../applications/application.service.ts';
import { sharedClaims } from './claims.decide.ts';
import { IssuedTokenRepository } from './issued-token.repository.ts';
import { RefreshTokens } from './refresh-tokens.ts';
import { TokenSigner } from './token-signer.ts';

/** Tokens of completed login flows. */
@Injectable()
export class TokenService {
  constructor(
    private readonly applications: ApplicationService,
    private readonly repository: IssuedTokenRepository,
    private readonly refreshTokens: RefreshTokens,
    private readonly signer: TokenSigner,
    @InjectConfig() private readonly config: ServiceConfig,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * The tokens of a completed flow. A repeat says the same (`jti`, `iat`, `exp`, claims, refresh token): a flow never has
   * two families of tokens, however often a lost answer is asked for again.
   */
  async issue(
    request: IssueTokensRequest,
  ): Promise<Decision<IssuedTokens, 'token/application-not-found' | 'token/user-mismatch'>> {
    const application = await this.applications.believe(request.appId);
    if (!application) return refuse('token/application-not-found');
    const { appId, settings } = application;
    const wanted = sharedClaims(
      { ...request, appId },
      {
        publicUrl: this.config.publicUrl,
        rpId: settings.rpId,
        ttlSeconds: settings.accessTokenTtlSeconds,
        now: this.clock.now(),
        jti: randomToken(16),
      },
    );
    const kept = await this.repository.keepFirst({
      appId,
      flowId: request.flowId,
      jti: wanted.jti,
      userId: request.userId,
      claims: wanted,
      refreshSeconds: settings.refreshTokenTtlSeconds,
    });
    if (kept.userId !== request.userId) return refuse('token/user-mismatch');
    const family = { family: kept.claims.jti, generation: 0 };
    return accept({
      ...(await this.signer.sign(appId, kept.claims, kept.signingKey)),
      refreshToken: kept.refreshUntil === null ? '' : this.refreshTokens.of(appId, family, kept.refreshUntil),
    });
  }
}
