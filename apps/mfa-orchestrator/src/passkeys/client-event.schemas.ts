import { z } from 'zod';

export const clientEventRequest = z
  .object({ event: z.string().min(1).max(4_096), isError: z.boolean().default(false) })
  .meta({ id: 'ClientEvent' });
export type ClientEventRequest = z.infer<typeof clientEventRequest>;

export const clientEventAnswer = z.object({ session: z.string() }).meta({ id: 'ClientEventSession' });
