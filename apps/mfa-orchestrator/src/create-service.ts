import {
  createService as createKitService,
  type RunningService,
  type ServiceDeps,
} from '@countersign/service-kit';
import { admission, AppModule, sessionVerifier, userTokenVerifier } from './app.module.ts';
import type { OrchestratorConfig } from './config.ts';
import { usersAndPolicies } from './migrations/0001-users-and-policies.ts';
import { challengesFlowsDecisions } from './migrations/0002-challenges-flows-decisions.ts';
import { factors } from './migrations/0003-factors.ts';
import { loginChallenges } from './migrations/0004-login-challenges.ts';

export { loadOrchestratorConfig, type OrchestratorConfig } from './config.ts';

/** Builds mfa-orchestrator and opens its door. Touches nothing process-wide. */
export const createService = (config: OrchestratorConfig, deps?: ServiceDeps): Promise<RunningService> =>
  createKitService({
    name: 'mfa-orchestrator',
    config,
    deps,
    description:
      'What must this user do next? Users, flows, challenges, Patrol rules, policies and signed decisions.',
    database: {
      entities: [],
      migrations: [usersAndPolicies, challengesFlowsDecisions, factors, loginChallenges],
    },
    admit: admission,
    sessions: sessionVerifier,
    userTokens: userTokenVerifier,
    module: () => ({ module: AppModule }),
  });
