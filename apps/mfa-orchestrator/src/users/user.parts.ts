import { FactorChanges } from './factor-changes.ts';
import { FactorInternalController } from './factor-internal.controller.ts';
import { FactorRepository } from './factor.repository.ts';
import { FactorService } from './factor.service.ts';
import { MeController } from './me.controller.ts';
import { MfaContextGateway } from './mfa-context.gateway.ts';
import { StrayUsers } from './stray-users.repository.ts';
import { UserController } from './user.controller.ts';
import { UserRepository } from './user.repository.ts';
import { UserService } from './user.service.ts';

/** What this feature adds to the service. */
export const userParts = {
  controllers: [FactorInternalController, MeController, UserController],
  providers: [
    FactorChanges,
    FactorRepository,
    FactorService,
    MfaContextGateway,
    StrayUsers,
    UserRepository,
    UserService,
  ],
};
