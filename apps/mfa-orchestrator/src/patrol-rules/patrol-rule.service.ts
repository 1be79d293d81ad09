import { Injectable } from '@nestjs/common';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { PolicyRepository } from '../policies/policy.repository.ts';
import { expressionFault } from './cel-expression.ts';
import { PatrolRuleRepository } from './patrol-rule.repository.ts';
import type { PatrolRule, PatrolRuleChange, PatrolRuleDefinition } from './patrol-rule.schemas.ts';

/** Keeps Patrol rules: what they may say is checked when they are written, so that they cannot fail later for that. */
@Injectable()
export class PatrolRuleService {
  constructor(
    private readonly database: Database,
    private readonly rules: PatrolRuleRepository,
    private readonly policies: PolicyRepository,
    private readonly idempotency: Idempotency,
  ) {}

  async create(
    appId: string,
    definition: PatrolRuleDefinition,
    request: IdempotentRequest | undefined,
  ): Promise<Decision<PatrolRule>> {
    const fault = await this.fault(appId, definition);
    if (fault) return fault;
    return this.database.transaction((tx) =>
      this.idempotency.once(tx, request, async () => {
        const rule = await this.rules.insert(tx, appId, definition);
        return rule
          ? { answer: rule }
          : refuse('mfa/rule-exists', { field: 'name', detail: `“${definition.name}” exists` });
      }),
    );
  }

  async change(appId: string, id: string, change: PatrolRuleChange): Promise<Decision<PatrolRule>> {
    const rule = await this.rules.find(this.database, appId, id);
    if (!rule) return refuse('mfa/rule-not-found');
    const { id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...before } = rule;
    const { when, ...others } = change;
    const after: PatrolRuleDefinition = { ...before, ...others };
    if (when === null) delete after.when;
    else if (when !== undefined) after.when = when;
    return this.replace(appId, id, after);
  }

  async replace(appId: string, id: string, definition: PatrolRuleDefinition): Promise<Decision<PatrolRule>> {
    const fault = await this.fault(appId, definition);
    if (fault) return fault;
    return this.database.transaction(async (tx) => {
      if (!(await this.rules.find(tx, appId, id))) return refuse('mfa/rule-not-found');
      const rule = await this.rules.replace(tx, appId, id, definition);
      return rule ? accept(rule) : refuse('mfa/rule-exists', { field: 'name' });
    });
  }

  private async fault(appId: string, definition: PatrolRuleDefinition): Promise<Decision<never> | undefined> {
    const expression = definition.when === undefined ? undefined : expressionFault(definition.when);
    if (expression) return refuse('mfa/expression-invalid', { field: 'when', detail: expression });
    const [policy] = await this.policies.named(this.database, appId, [definition.requires]);
    return policy
      ? undefined
      : refuse('mfa/policy-unknown', {
          field: 'requires',
          detail: `there is no policy “${definition.requires}”`,
        });
  }
}
