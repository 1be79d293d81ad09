import { type Application, type IssuedTokens, type IssueTokensRequest } from '@countersign/contracts';
import { accept, type Clock, type Decision, randomToken, refuse } from '@countersign/kernel';
import { signJwt, TokenInvalid, verifyJwt } from '@countersign/security';
import { InjectClock, InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ApplicationService } from '../applications/application.service.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import { accessClaims, idClaims, issuerOf, sharedClaims } from './claims.decide.ts';
import { IssuedTokenRepository } from './issued-token.repository.ts';

const ACCESS_TYP = 'at+jwt';
const ID_TYP = 'JWT';

/** Access and id tokens of completed login flows. */
@Injectable()
export class TokenService {
  constructor(
    private readonly applications: ApplicationService,
    private readonly signingKeys: SigningKeyService,
    private readonly repository: IssuedTokenRepository,
    @InjectConfig() private readonly config: ServiceConfig,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * The tokens of a completed flow. A repeat says the same (`jti`, `iat`, `exp`, claims): a flow never has two
   * access tokens, however often a lost answer is asked for again.
   */
  async issue(
    request: IssueTokensRequest,
  ): Promise<Decision<IssuedTokens, 'token/application-not-found' | 'token/user-mismatch'>> {
    const application = await this.applications.find(request.appId);
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
    const { claims, userId } = await this.repository.keepFirst({
      appId,
      flowId: request.flowId,
      jti: wanted.jti,
      userId: request.userId,
      claims: wanted,
      expiresAt: new Date(wanted.exp * 1000),
    });
    if (userId !== request.userId) return refuse('token/user-mismatch');
    const key = await this.signingKeys.active(appId);
    return accept({
      accessToken: await signJwt(key, { typ: ACCESS_TYP }, accessClaims(claims)),
      idToken: await signJwt(key, { typ: ID_TYP }, idClaims(claims)),
      refreshToken: '',
    });
  }

  /** Whether `token` is an access token of this application that holds now, its user being there (L8, JWT-06). */
  async verify(application: Application, token: string): Promise<Decision<void, 'token/jwt-invalid'>> {
    try {
      const claims = await verifyJwt(token, {
        keys: await this.signingKeys.published(application.appId),
        algorithms: ['ES256'],
        typ: ACCESS_TYP,
        issuer: issuerOf(this.config.publicUrl, application.appId),
        audience: application.appId,
        now: this.clock.now(),
      });
      const known = await this.repository.isKnown(application.appId, String(claims.jti));
      return known ? accept(undefined) : refuse('token/jwt-invalid');
    } catch (error) {
      if (error instanceof TokenInvalid) return refuse('token/jwt-invalid');
      throw error;
    }
  }
}
