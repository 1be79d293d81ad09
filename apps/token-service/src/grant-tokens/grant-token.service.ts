import type { Application, VerifiedKey } from '@countersign/contracts';
import { accept, type Clock, type Decision, randomToken } from '@countersign/kernel';
import { signJwt } from '@countersign/security';
import { InjectClock, InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { OrchestratorGateway } from '../external-tokens/orchestrator.gateway.ts';
import { SigningKeyService } from '../signing-keys/signing-key.service.ts';
import { issuerOf } from '../tokens/claims.decide.ts';
import { decideGrant, GRANT_TYP, grantClaims } from './grant-claims.decide.ts';
import { GrantTokenRepository } from './grant-token.repository.ts';
import type { GrantTokenRequest } from './grant-token.schemas.ts';

/** Grants: an API key lets a user's page do, for a minute, what the key itself may do for that user. */
@Injectable()
export class GrantTokenService {
  constructor(
    private readonly repository: GrantTokenRepository,
    private readonly orchestrator: OrchestratorGateway,
    private readonly signingKeys: SigningKeyService,
    @InjectConfig() private readonly config: ServiceConfig,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** A token with the asked scopes, for one user or, without a username, for nobody in particular. */
  async grant(
    { application, key }: { application: Application; key: VerifiedKey },
    { grants, username }: GrantTokenRequest,
  ): Promise<Decision<{ token: string }, 'token/grant-exceeds'>> {
    const scopes = decideGrant(key.scopes, grants);
    if (!scopes.ok) return scopes;
    const { appId } = application;
    const user =
      username === undefined
        ? undefined
        : { userId: (await this.orchestrator.resolveUser(appId, username)).userId, username };
    const claims = grantClaims({
      issuer: issuerOf(this.config.publicUrl, appId),
      ...{ appId, user, key, scopes: scopes.value },
      ...{ now: this.clock.now(), jti: randomToken(16) },
    });
    await this.repository.insert({
      ...{ jti: claims.jti, appId, keyId: key.keyId, userId: user?.userId ?? null },
      expiresAt: new Date(claims.exp * 1000),
    });
    const signing = await this.signingKeys.active(appId);
    return accept({ token: await signJwt(signing, { typ: GRANT_TYP }, { ...claims }) });
  }
}
