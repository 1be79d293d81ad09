import { PolicyController } from './policy.controller.ts';
import { PolicyRepository } from './policy.repository.ts';
import { PolicyService } from './policy.service.ts';
import { ReplayRepository } from './replay.repository.ts';
import { ReplayService } from './replay.service.ts';

/** What this feature adds to the service. */
export const policyParts = {
  controllers: [PolicyController],
  providers: [PolicyRepository, PolicyService, ReplayRepository, ReplayService],
};
