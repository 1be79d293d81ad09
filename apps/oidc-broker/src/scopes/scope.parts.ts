import { ScopeController } from './scope.controller.ts';
import { ScopeRepository } from './scope.repository.ts';
import { ScopeService } from './scope.service.ts';

/** What this feature adds to the service. */
export const scopeParts = {
  controllers: [ScopeController], // /v1/scopes
  providers: [ScopeService, ScopeRepository],
};
