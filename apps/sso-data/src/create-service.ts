import {
  createService as create,
  type RunningService,
  type ServiceConfig,
  type ServiceDeps,
} from '@countersign/service-kit';
import { AppModule } from './app.module.ts';
import { MfaRegistrationEntity } from './mfa-registrations/mfa-registration.entity.ts';
import { usersMigration } from './migrations/0001-users.ts';
import { ssoIdentifiersMigration } from './migrations/0002-sso-identifiers.ts';
import { mfaRegistrationsMigration } from './migrations/0003-mfa-registrations.ts';
import { SsoIdentifierEntity } from './sso-identifiers/sso-identifier.entity.ts';
import { admitUserEvent } from './users/user-events.decide.ts';
import { UserEntity } from './users/user.entity.ts';

/** The service sso-data: database migrated, door open, consumer running. Touches nothing process-wide. */
export const createService = (config: ServiceConfig, deps?: ServiceDeps): Promise<RunningService> =>
  create({
    name: 'sso-data',
    description: 'SSO identifiers and MFA registrations of users, encrypted at rest',
    config,
    deps,
    module: () => ({ module: AppModule }),
    database: {
      entities: [UserEntity, SsoIdentifierEntity, MfaRegistrationEntity],
      migrations: [usersMigration, ssoIdentifiersMigration, mfaRegistrationsMigration],
    },
    admit: () => (event) => Promise.resolve(admitUserEvent(event)),
  });
