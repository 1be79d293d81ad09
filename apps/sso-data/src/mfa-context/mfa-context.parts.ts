import { MfaContextController } from './mfa-context.controller.ts';
import { MfaContextRepository } from './mfa-context.repository.ts';
import { MfaContextService } from './mfa-context.service.ts';

/** What this feature adds to the service. */
export const mfaContextParts = {
  controllers: [MfaContextController], // /internal/users/{username}/mfa-context, for mfa-orchestrator
  providers: [MfaContextService, MfaContextRepository],
};
