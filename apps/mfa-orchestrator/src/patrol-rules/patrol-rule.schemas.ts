import { auditActionRequest, outcome, plainText } from '@countersign/contracts';
import { z } from 'zod';
import { EXPRESSION_MAX } from './cel-expression.ts';

const fields = {
  name: plainText(128).meta({ example: 'Address changes' }),
  auditAction: plainText(256).meta({
    description: 'Name of the audit action, exact or with * and ?; compared NFC and without case',
    example: 'Change*',
  }),
  when: z.string().max(EXPRESSION_MAX).optional().meta({
    description: 'CEL over the event; an error in it opens the challenge',
    example: 'details.amount > 1000',
  }),
  requires: plainText(128).meta({ description: 'Name of a policy', example: 'external' }),
  ttlSeconds: z.int().min(1).max(86_400).default(300),
  cooldownSeconds: z.int().min(0).max(86_400).default(0),
  maxAgeSeconds: z.int().min(1).max(604_800).default(300),
  enabled: z.boolean().default(true),
};

/** What a Patrol rule says. */
export const patrolRuleDefinition = z.strictObject(fields).meta({ id: 'PatrolRuleRequest' });
export type PatrolRuleDefinition = z.infer<typeof patrolRuleDefinition>;

/** A change of some members. */
export const patrolRuleChange = z
  .strictObject({
    ...fields,
    when: fields.when.nullable(),
    ttlSeconds: fields.ttlSeconds.unwrap(),
    cooldownSeconds: fields.cooldownSeconds.unwrap(),
    maxAgeSeconds: fields.maxAgeSeconds.unwrap(),
    enabled: fields.enabled.unwrap(),
  })
  .partial()
  .meta({ id: 'PatrolRuleChange' });
export type PatrolRuleChange = z.infer<typeof patrolRuleChange>;

export const patrolRuleView = z
  .object({ id: z.uuid(), ...fields, version: z.int(), createdAt: z.string(), updatedAt: z.string() })
  .meta({ id: 'PatrolRule' });
export type PatrolRule = z.infer<typeof patrolRuleView>;

export const patrolRuleList = z
  .object({ items: z.array(patrolRuleView), next: z.string().optional() })
  .meta({ id: 'PatrolRuleList' });

/** An audit action to try, against the rules in force or, with `rule`, against that one alone. */
export const dryRunRequest = z
  .strictObject({ ...auditActionRequest.shape, rule: patrolRuleDefinition.optional() })
  .meta({ id: 'PatrolDryRunRequest' });
export type DryRunRequest = z.infer<typeof dryRunRequest>;

export const dryRunView = z
  .object({
    outcome: z.enum(['challenge', ...outcome.options]),
    because: z.array(z.string()),
    requires: z.array(z.string()),
    ttlSeconds: z.int().optional(),
    matched: z.array(
      z.object({ name: z.string(), when: z.enum(['absent', 'true', 'error']), error: z.string().optional() }),
    ),
  })
  .meta({ id: 'PatrolDryRun' });
