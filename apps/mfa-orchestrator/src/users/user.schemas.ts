import { z } from 'zod';

export const userView = z
  .object({
    userId: z.string(),
    username: z.string(),
    createdAt: z.string(),
    registeredAt: z.string().optional().meta({ description: 'When the user first completed a flow' }),
    factors: z.array(z.object({ kind: z.string() })),
    devices: z.array(z.object({ id: z.string() })),
    locks: z.array(z.object({ kind: z.string(), ruleId: z.string().optional(), until: z.string() })),
  })
  .meta({ id: 'User' });
export type UserView = z.infer<typeof userView>;
