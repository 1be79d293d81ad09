import { Injectable } from '@nestjs/common';
import type { Application } from '@countersign/contracts';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { PatrolRuleRepository } from '../patrol-rules/patrol-rule.repository.ts';
import { PolicyRepository } from './policy.repository.ts';
import { builtInPolicy } from './built-in-policies.ts';
import type { Policy, PolicyDefinition } from './policy.schemas.ts';

/** Keeps policies, and refuses to take one away that something names. */
@Injectable()
export class PolicyService {
  constructor(
    private readonly database: Database,
    private readonly policies: PolicyRepository,
    private readonly rules: PatrolRuleRepository,
    private readonly idempotency: Idempotency,
  ) {}

  async find(appId: string, name: string): Promise<Decision<Policy>> {
    const [policy] = await this.policies.named(this.database, appId, [name]);
    return policy ? accept(policy) : refuse('mfa/policy-not-found');
  }

  /** Writes a policy, once per `Idempotency-Key`. */
  create(
    appId: string,
    name: string,
    definition: PolicyDefinition,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<Policy>> {
    return this.database.transaction((tx) =>
      this.idempotency.once(tx, idempotent, async () => ({
        answer: await this.policies.put(tx, appId, name, definition),
      })),
    );
  }

  async put(appId: string, name: string, definition: PolicyDefinition): Promise<Policy> {
    return this.policies.put(this.database, appId, name, definition);
  }

  /** Deletes a policy. One that has the name of a built-in one gives way to that, so it may always go. */
  async delete({ appId, settings }: Application, name: string): Promise<Decision<void>> {
    return this.database.transaction(async (tx) => {
      if (!builtInPolicy(name)) {
        const rules = await this.rules.requiring(tx, appId, name);
        const settingNames = Object.entries(settings.defaultPolicies).flatMap(([context, used]) =>
          used === name ? [`defaultPolicies.${context}`] : [],
        );
        const users = [...rules.map((rule) => `rule ${rule}`), ...settingNames];
        if (users.length > 0) return refuse('mfa/policy-in-use', { detail: users.slice(0, 10).join(', ') });
      }
      return (await this.policies.delete(tx, appId, name))
        ? accept(undefined)
        : refuse('mfa/policy-not-found');
    });
  }
}
