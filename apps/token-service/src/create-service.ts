import { createService as create, type RunningService, type ServiceDeps } from '@countersign/service-kit';
import { localUserTokens } from './access-tokens/verifier.ts';
import { ApiKeyEntity } from './api-keys/api-key.entity.ts';
import { ensurePlatformKey } from './api-keys/platform-key.ts';
import { localApiKeys } from './api-keys/verifier.ts';
import { AppModule } from './app.module.ts';
import { ApplicationEntity } from './applications/application.entity.ts';
import { localDirectory } from './applications/directory.ts';
import type { TokenServiceConfig } from './config.ts';
import { ExternalTokenEntity } from './external-tokens/external-token.entity.ts';
import { applicationsMigration } from './migrations/0001-applications.ts';
import { apiKeysMigration } from './migrations/0002-api-keys.ts';
import { signingKeysMigration } from './migrations/0003-signing-keys.ts';
import { externalTokensMigration } from './migrations/0004-external-tokens.ts';
import { issuedTokensMigration } from './migrations/0005-issued-tokens.ts';
import { signingKeyRotationMigration } from './migrations/0006-signing-key-rotation.ts';
import { refreshTokensMigration } from './migrations/0007-refresh-tokens.ts';
import { grantTokensMigration } from './migrations/0008-grant-tokens.ts';
import { externalTokenCategoryMigration } from './migrations/0009-external-token-category.ts';
import { SigningKeyEntity } from './signing-keys/signing-key.entity.ts';
import { IssuedTokenEntity } from './tokens/issued-token.entity.ts';

export { loadTokenServiceConfig, type TokenServiceConfig } from './config.ts';

/** token-service: applications, API keys, signing keys, external MFA tokens, access and id tokens. */
export function createService(config: TokenServiceConfig, deps?: ServiceDeps): Promise<RunningService> {
  return create({
    name: 'token-service',
    description: 'Applications, API keys, signing keys, external MFA tokens, access and id tokens',
    config,
    deps,
    database: {
      entities: [ApplicationEntity, ApiKeyEntity, SigningKeyEntity, ExternalTokenEntity, IssuedTokenEntity],
      migrations: [
        applicationsMigration,
        apiKeysMigration,
        signingKeysMigration,
        externalTokensMigration,
        issuedTokensMigration,
        signingKeyRotationMigration,
        refreshTokensMigration,
        grantTokensMigration,
        externalTokenCategoryMigration,
      ],
    },
    directory: ({ database }) => localDirectory(database),
    keys: ({ database }) => localApiKeys(database),
    userTokens: localUserTokens,
    seed: ({ database, clock }) => ensurePlatformKey(database, clock, config.platformKeyFile),
    module: () => AppModule.of(),
  });
}
