import { AuthenticationApi } from './authentication-api.service.ts';
import { ClientEventController } from './client-event.controller.ts';
import { ClientEvents } from './client-events.ts';
import { GrantUses } from './grant-uses.repository.ts';
import { KnownUsers } from './known-users.ts';
import { PasskeyApiController } from './passkey-api.controller.ts';
import { PasskeyCeremonies } from './passkey-ceremonies.service.ts';
import { PasskeyMfaController } from './passkey-mfa.controller.ts';
import { PasskeyOptions } from './passkey-options.ts';
import { PasskeySessions } from './passkey-sessions.ts';
import { PasskeySteps } from './passkey-steps.service.ts';
import { PasskeyController } from './passkey.controller.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import { PasskeyService } from './passkey.service.ts';
import { RegistrationApi } from './registration-api.service.ts';
import { SuspectPasskeys } from './suspect-passkeys.service.ts';
import { TransactionApi } from './transaction-api.service.ts';
import { TransactionLogins } from './transaction-logins.ts';

/** What this feature adds to the service. */
export const passkeyParts = {
  controllers: [ClientEventController, PasskeyApiController, PasskeyMfaController, PasskeyController],
  providers: [
    AuthenticationApi,
    ClientEvents,
    GrantUses,
    KnownUsers,
    PasskeyCeremonies,
    PasskeyOptions,
    PasskeySessions,
    PasskeySteps,
    PasskeyRepository,
    PasskeyService,
    RegistrationApi,
    SuspectPasskeys,
    TransactionApi,
    TransactionLogins,
  ],
};
