import {
  admitUserEvent,
  createService as create,
  type RunningService,
  type ServiceDeps,
} from '@countersign/service-kit';
import { AppModule } from './app.module.ts';
import type { OidcBrokerConfig } from './config.ts';
import { providerRecordsMigration } from './migrations/0001-provider-records.ts';
import { clientsMigration } from './migrations/0002-clients.ts';
import { directoryMigration } from './migrations/0003-directory.ts';
import { imagePasscodesMigration } from './migrations/0004-image-passcodes.ts';
import { loginsMigration } from './migrations/0005-logins.ts';
import { themesMigration } from './migrations/0006-themes.ts';
import { loginsOfUsersMigration } from './migrations/0007-logins-of-users.ts';
import { userGenerationsMigration } from './migrations/0008-user-generations.ts';
import { recordTimesMigration } from './migrations/0010-record-times.ts';
import { logoutNoticesMigration } from './migrations/0009-logout-notices.ts';
import { deviceFlowsMigration } from './migrations/0011-device-flows.ts';

export { loadOidcBrokerConfig, type OidcBrokerConfig } from './config.ts';

/** The service oidc-broker: database migrated, door open, consumer running. Touches nothing process-wide. */
export const createService = (config: OidcBrokerConfig, deps?: ServiceDeps): Promise<RunningService> =>
  create({
    name: 'oidc-broker',
    description:
      'OpenID Provider: clients, scopes, a directory of first factors, the image passcode, and MFA where policy asks for it',
    config,
    deps,
    module: () => ({ module: AppModule }),
    admit: () => (event) => Promise.resolve(admitUserEvent(event)),
    database: {
      entities: [],
      migrations: [
        ...[providerRecordsMigration, clientsMigration, directoryMigration],
        ...[imagePasscodesMigration, loginsMigration, themesMigration, loginsOfUsersMigration],
        ...[userGenerationsMigration, logoutNoticesMigration, recordTimesMigration, deviceFlowsMigration],
      ],
    },
  });
