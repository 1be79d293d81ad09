import {
  createService as createKitService,
  type RunningService,
  type ServiceConfig,
  type ServiceDeps,
} from '@countersign/service-kit';
import { admission, AppModule, sessionVerifier } from './app.module.ts';
import { usersAndPolicies } from './migrations/0001-users-and-policies.ts';
import { challengesFlowsDecisions } from './migrations/0002-challenges-flows-decisions.ts';

/** Builds mfa-orchestrator and opens its door. Touches nothing process-wide. */
export const createService = (config: ServiceConfig, deps?: ServiceDeps): Promise<RunningService> =>
  createKitService({
    name: 'mfa-orchestrator',
    config,
    deps,
    description:
      'What must this user do next? Users, flows, challenges, Patrol rules, policies and signed decisions.',
    database: { entities: [], migrations: [usersAndPolicies, challengesFlowsDecisions] },
    admit: admission,
    sessions: sessionVerifier,
    module: () => ({ module: AppModule }),
  });
