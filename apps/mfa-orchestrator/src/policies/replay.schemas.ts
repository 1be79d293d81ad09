import { plainText } from '@countersign/contracts';
import { z } from 'zod';
import { policyDefinition, policyName } from './policy.schemas.ts';

/** Most flows of a replay that are listed one by one; all are counted. */
export const MOST_LISTED = 100;

export const replayRequest = z
  .strictObject({
    policy: policyName.meta({ description: 'Flows that were decided under this policy' }),
    definition: policyDefinition.optional().meta({ description: 'The version to try' }),
    version: z.int().min(0).optional().meta({ description: 'Or one that was written before' }),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Flows begun since; a week by default' }),
    limit: z.int().min(1).max(10_000).default(1_000).meta({ description: 'The latest so many flows' }),
  })
  .refine(({ definition, version }) => (definition === undefined) !== (version === undefined), {
    error: 'exactly one of definition and version is needed',
    path: ['definition'],
  })
  .meta({ id: 'PolicyReplayRequest' });
export type ReplayRequest = z.output<typeof replayRequest>;

const change = z.enum(['challenged', 'eased', 'locked-out']);

export const replayView = z
  .object({
    policy: z.string(),
    flows: z.int().meta({ description: 'Flows that were decided again' }),
    unchanged: z.int(),
    challenged: z.int().meta({ description: 'Were complete and would have needed more' }),
    eased: z.int().meta({ description: 'Were not complete and would have been' }),
    lockedOut: z
      .int()
      .meta({ description: 'Were complete, and nothing the user has would have been enough' }),
    users: z.object({ challenged: z.int(), eased: z.int(), lockedOut: z.int() }),
    changes: z
      .array(
        z.object({
          flowId: z.uuid(),
          username: z.string(),
          startedAt: z.string(),
          change,
          next: z.array(z.string()),
          because: z.array(plainText(300)),
        }),
      )
      .meta({ description: `The first ${MOST_LISTED}, latest first` }),
  })
  .meta({ id: 'PolicyReplay' });
export type ReplayView = z.infer<typeof replayView>;
