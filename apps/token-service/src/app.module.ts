import type { Clock } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { CLOCK, CONFIG, type ServiceConfig } from '@countersign/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccessTokenInternalController } from './access-tokens/access-token-internal.controller.ts';
import { IntrospectionService } from './access-tokens/introspection.service.ts';
import { LogoutController } from './access-tokens/logout.controller.ts';
import { OAuthController } from './access-tokens/oauth.controller.ts';
import { RevocationService } from './access-tokens/revocation.service.ts';
import { TokenCheck } from './access-tokens/token-check.ts';
import { TokenStates } from './access-tokens/token-states.repository.ts';
import { TokenVerifyController } from './access-tokens/token-verify.controller.ts';
import { ApiKeyController } from './api-keys/api-key.controller.ts';
import { ApiKeyInternalController } from './api-keys/api-key-internal.controller.ts';
import { ApiKeyRepository } from './api-keys/api-key.repository.ts';
import { ApiKeyService } from './api-keys/api-key.service.ts';
import { ApplicationController } from './applications/application.controller.ts';
import { ApplicationInternalController } from './applications/application-internal.controller.ts';
import { ApplicationRepository } from './applications/application.repository.ts';
import { ApplicationService } from './applications/application.service.ts';
import { ExternalTokenController } from './external-tokens/external-token.controller.ts';
import { ExternalTokenRepository } from './external-tokens/external-token.repository.ts';
import { ExternalTokenService } from './external-tokens/external-token.service.ts';
import { GrantController } from './external-tokens/grant.controller.ts';
import { OrchestratorGateway } from './external-tokens/orchestrator.gateway.ts';
import { RedemptionController } from './external-tokens/redemption.controller.ts';
import { RedemptionRepository } from './external-tokens/redemption.repository.ts';
import { RedemptionService } from './external-tokens/redemption.service.ts';
import { GrantTokenController } from './grant-tokens/grant-token.controller.ts';
import { GrantTokenRepository } from './grant-tokens/grant-token.repository.ts';
import { GrantTokenService } from './grant-tokens/grant-token.service.ts';
import { Retention } from './retention.ts';
import { JwksController } from './signing-keys/jwks.controller.ts';
import { SigningKeyController } from './signing-keys/signing-key.controller.ts';
import { SigningKeyRepository } from './signing-keys/signing-key.repository.ts';
import { SigningKeyService } from './signing-keys/signing-key.service.ts';
import { IssuedTokenRepository } from './tokens/issued-token.repository.ts';
import { RefreshController } from './tokens/refresh.controller.ts';
import { RefreshRepository } from './tokens/refresh.repository.ts';
import { RefreshService } from './tokens/refresh.service.ts';
import { RefreshTokens } from './tokens/refresh-tokens.ts';
import { TokenController } from './tokens/token.controller.ts';
import { TokenService } from './tokens/token.service.ts';
import { TokenSigner } from './tokens/token-signer.ts';
import { VersionController } from './tokens/version.controller.ts';
import { UserConsumer } from './users/user.consumer.ts';

/** Both are also used outside of Nest, by the door: hence no decorators of their own. */
const TOKEN_STATES = {
  provide: TokenStates,
  inject: [Database],
  useFactory: (database: Database) => TokenStates.of(database),
};
const TOKEN_CHECK = {
  provide: TokenCheck,
  inject: [Database, CONFIG, CLOCK],
  useFactory: (database: Database, { publicUrl }: ServiceConfig, clock: Clock) =>
    new TokenCheck(TokenStates.of(database), publicUrl, clock),
};

/** Table of contents of token-service, feature by feature. */
@Module({
  controllers: [
    ...[ApplicationController, ApplicationInternalController],
    ...[ApiKeyController, ApiKeyInternalController],
    ...[JwksController, SigningKeyController],
    ...[GrantController, ExternalTokenController, RedemptionController],
    ...[TokenController, RefreshController, VersionController],
    ...[AccessTokenInternalController, TokenVerifyController, OAuthController, LogoutController],
    ...[GrantTokenController],
    ...[UserConsumer],
  ],
  providers: [
    ...[ApplicationRepository, ApplicationService],
    ...[ApiKeyRepository, ApiKeyService],
    ...[SigningKeyRepository, SigningKeyService],
    ...[ExternalTokenRepository, ExternalTokenService, OrchestratorGateway],
    ...[RedemptionRepository, RedemptionService],
    ...[IssuedTokenRepository, TokenService, TokenSigner],
    ...[RefreshTokens, RefreshRepository, RefreshService],
    ...[TOKEN_STATES, TOKEN_CHECK, IntrospectionService, RevocationService],
    ...[GrantTokenRepository, GrantTokenService],
    ...[Retention],
  ],
})
export class AppModule {
  static of(): DynamicModule {
    return { module: AppModule };
  }
}
