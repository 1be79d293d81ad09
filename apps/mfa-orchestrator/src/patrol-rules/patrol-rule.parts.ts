import { DryRunService } from './dry-run.service.ts';
import { PatrolRuleController } from './patrol-rule.controller.ts';
import { PatrolRuleRepository } from './patrol-rule.repository.ts';
import { PatrolRuleService } from './patrol-rule.service.ts';

/** What this feature adds to the service. */
export const patrolRuleParts = {
  controllers: [PatrolRuleController],
  providers: [DryRunService, PatrolRuleRepository, PatrolRuleService],
};
