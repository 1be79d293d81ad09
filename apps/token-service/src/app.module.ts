import { type DynamicModule, Module } from '@nestjs/common';
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
import { Retention } from './retention.ts';
import { JwksController } from './signing-keys/jwks.controller.ts';
import { SigningKeyRepository } from './signing-keys/signing-key.repository.ts';
import { SigningKeyService } from './signing-keys/signing-key.service.ts';
import { IssuedTokenRepository } from './tokens/issued-token.repository.ts';
import { TokenController } from './tokens/token.controller.ts';
import { TokenService } from './tokens/token.service.ts';
import { TokenVerifyController } from './tokens/token-verify.controller.ts';
import { VersionController } from './tokens/version.controller.ts';
import { UserConsumer } from './users/user.consumer.ts';

/** Table of contents of token-service, feature by feature. */
@Module({
  controllers: [
    ...[ApplicationController, ApplicationInternalController],
    ...[ApiKeyController, ApiKeyInternalController],
    ...[JwksController],
    ...[GrantController, ExternalTokenController, RedemptionController],
    ...[TokenController, TokenVerifyController, VersionController],
    ...[UserConsumer],
  ],
  providers: [
    ...[ApplicationRepository, ApplicationService],
    ...[ApiKeyRepository, ApiKeyService],
    ...[SigningKeyRepository, SigningKeyService],
    ...[ExternalTokenRepository, ExternalTokenService, OrchestratorGateway],
    ...[RedemptionRepository, RedemptionService],
    ...[IssuedTokenRepository, TokenService],
    ...[Retention],
  ],
})
export class AppModule {
  static of(): DynamicModule {
    return { module: AppModule };
  }
}
