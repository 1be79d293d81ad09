import { Module } from '@nestjs/common';
import { MfaContextController } from './mfa-context/mfa-context.controller.ts';
import { MfaContextRepository } from './mfa-context/mfa-context.repository.ts';
import { MfaContextService } from './mfa-context/mfa-context.service.ts';
import { MfaRegistrationController } from './mfa-registrations/mfa-registration.controller.ts';
import { MfaRegistrationRepository } from './mfa-registrations/mfa-registration.repository.ts';
import { MfaRegistrationService } from './mfa-registrations/mfa-registration.service.ts';
import { SealedValues } from './sealed-values/sealed-values.ts';
import { SsoIdentifierController } from './sso-identifiers/sso-identifier.controller.ts';
import { SsoIdentifierRepository } from './sso-identifiers/sso-identifier.repository.ts';
import { SsoIdentifierService } from './sso-identifiers/sso-identifier.service.ts';
import { UserConsumer } from './users/user.consumer.ts';
import { UserErasure } from './users/user-erasure.service.ts';
import { UserGateway } from './users/user.gateway.ts';
import { UserRepository } from './users/user.repository.ts';
import { UserWriteService } from './users/user-write.service.ts';

/** Table of contents of sso-data. */
@Module({
  controllers: [
    SsoIdentifierController, // /v1/sso-identifiers/{username}
    MfaRegistrationController, // /v1/mfa-registrations/{username}/{provider}
    MfaContextController, // /internal/users/{username}/mfa-context, for mfa-orchestrator
    UserConsumer, // mfa.user.deleted.v1
  ],
  providers: [
    ...[SsoIdentifierService, SsoIdentifierRepository],
    ...[MfaRegistrationService, MfaRegistrationRepository],
    ...[MfaContextService, MfaContextRepository],
    ...[UserWriteService, UserErasure, UserRepository, UserGateway],
    SealedValues,
  ],
})
export class AppModule {}
