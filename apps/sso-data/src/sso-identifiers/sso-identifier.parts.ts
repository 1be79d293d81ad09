import { SsoIdentifierController } from './sso-identifier.controller.ts';
import { SsoIdentifierRepository } from './sso-identifier.repository.ts';
import { SsoIdentifierService } from './sso-identifier.service.ts';

/** What this feature adds to the service. */
export const ssoIdentifierParts = {
  controllers: [SsoIdentifierController], // /v1/sso-identifiers/{username}
  providers: [SsoIdentifierService, SsoIdentifierRepository],
};
