import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Application } from '@countersign/contracts';
import { accept, refuse, type Clock, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import type { z } from 'zod';
import { decideAction, earliestOf, inFuture } from '../audit-actions/audit-action.decide.ts';
import { ActionFactsReader } from '../audit-actions/action-facts.ts';
import { UserRepository } from '../users/user.repository.ts';
import { NO_ID } from '../resource-id.ts';
import { expressionFault } from './cel-expression.ts';
import { matchRules } from './patrol-match.decide.ts';
import { PatrolRuleRepository } from './patrol-rule.repository.ts';
import type { DryRunRequest, dryRunView, PatrolRule } from './patrol-rule.schemas.ts';

type DryRun = z.infer<typeof dryRunView>;

/** Says what would become of an audit action, and why, by the very rule that decides in earnest. Changes nothing. */
@Injectable()
export class DryRunService {
  constructor(
    private readonly database: Database,
    private readonly rules: PatrolRuleRepository,
    private readonly users: UserRepository,
    private readonly facts: ActionFactsReader,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async tryOut(application: Application, request: DryRunRequest): Promise<Decision<DryRun>> {
    const { appId } = application;
    const { rule: draft, auditActionId = 'dry-run', ...rest } = request;
    const now = this.clock.now();
    if (inFuture(now, rest.occurredAt)) return refuse('mfa/audit-action-time', { field: 'occurredAt' });
    const fault = draft?.when === undefined ? undefined : expressionFault(draft.when);
    if (fault) return refuse('mfa/expression-invalid', { field: 'rule.when', detail: fault });
    const inForce = draft ? [asRule(draft, now)] : await this.rules.enabled(this.database, appId);
    const matches = matchRules(inForce, { auditActionId, ...rest });
    const user = await this.users.find(appId, rest.username);
    const about = { user, matches, earliest: earliestOf(now, rest.occurredAt) };
    const facts = await this.database.transaction((tx) => this.facts.gather(tx, application, rest, about));
    const verdict = decideAction(facts);
    return accept({
      outcome: verdict.kind === 'challenge' ? 'challenge' : verdict.outcome,
      because: verdict.because,
      requires: verdict.kind === 'challenge' ? verdict.requires : [],
      ttlSeconds: verdict.kind === 'challenge' ? verdict.ttlSeconds : undefined,
      matched: matches.map(({ rule, when, error }) => ({ name: rule.name, when, error })),
    });
  }
}

const asRule = (draft: NonNullable<DryRunRequest['rule']>, now: Date): PatrolRule => ({
  ...draft,
  enabled: true,
  id: NO_ID,
  version: 0,
  createdAt: now.toISOString(),
  updatedAt: now.toISOString(),
});
