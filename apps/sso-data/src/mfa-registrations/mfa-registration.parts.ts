import { MfaRegistrationController } from './mfa-registration.controller.ts';
import { MfaRegistrationRepository } from './mfa-registration.repository.ts';
import { MfaRegistrationService } from './mfa-registration.service.ts';

/** What this feature adds to the service. */
export const mfaRegistrationParts = {
  controllers: [MfaRegistrationController], // /v1/mfa-registrations/{username}/{provider}
  providers: [MfaRegistrationService, MfaRegistrationRepository],
};
