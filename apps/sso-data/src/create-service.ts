import {
  admitUserEvent,
  createService as create,
  remoteUserTokens,
  type RunningService,
  type ServiceDeps,
} from '@countersign/service-kit';
import { AppModule } from './app.module.ts';
import type { SsoDataConfig } from './config.ts';
import { MfaRegistrationEntity } from './mfa-registrations/mfa-registration.entity.ts';
import { usersMigration } from './migrations/0001-users.ts';
import { ssoIdentifiersMigration } from './migrations/0002-sso-identifiers.ts';
import { mfaRegistrationsMigration } from './migrations/0003-mfa-registrations.ts';
import { userKeysMigration } from './migrations/0004-user-keys.ts';
import { vendorsMigration } from './migrations/0005-vendors.ts';
import { thirdPartyDataMigration } from './migrations/0006-third-party-data.ts';
import { handlerKeysMigration } from './migrations/0007-handler-keys.ts';
import { cacheMigration } from './migrations/0008-cache.ts';
import { SsoIdentifierEntity } from './sso-identifiers/sso-identifier.entity.ts';
import { UserEntity } from './users/user.entity.ts';

export { loadSsoDataConfig, type SsoDataConfig } from './config.ts';

/** The service sso-data: database migrated, door open, consumer running. Touches nothing process-wide. */
export const createService = (config: SsoDataConfig, deps?: ServiceDeps): Promise<RunningService> =>
  create({
    name: 'sso-data',
    description:
      'What partners need to know about a user: vendors, data elements and values, launches, SSO identifiers and MFA registrations',
    config,
    deps,
    module: () => ({ module: AppModule }),
    database: {
      entities: [UserEntity, SsoIdentifierEntity, MfaRegistrationEntity],
      migrations: [
        ...[usersMigration, ssoIdentifiersMigration, mfaRegistrationsMigration, userKeysMigration],
        ...[vendorsMigration, thirdPartyDataMigration, handlerKeysMigration, cacheMigration],
      ],
    },
    admit: () => (event) => Promise.resolve(admitUserEvent(event)),
    userTokens: ({ client }) => remoteUserTokens(client),
  });
