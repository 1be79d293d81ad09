import { z } from 'zod';
import { deviceView } from '../devices/device-info.schemas.ts';
import { factorView } from './factor.schemas.ts';

/** What keeps a user from something: a rule they muted by denying, or a factor after too many wrong guesses. */
const lockView = z.object({
  kind: z.enum(['muted-rule', 'locked-factor']),
  ruleId: z.string().optional(),
  factor: z.string().optional(),
  until: z.string().optional().meta({ description: 'Absent: until it is unlocked' }),
});

export const userView = z
  .object({
    userId: z.string(),
    username: z.string(),
    createdAt: z.string(),
    registeredAt: z.string().optional().meta({ description: 'When the user first completed a flow' }),
    factors: z.array(factorView),
    devices: z.array(deviceView),
    locks: z.array(lockView),
  })
  .meta({ id: 'User' });
export type UserView = z.infer<typeof userView>;
