import { z } from 'zod';

/** Query of `GET /internal/users/{username}/mfa-context`. `userId` leaves out a namesake who was deleted a moment ago. */
export const mfaContextQuery = z.strictObject({
  appId: z.string().min(1).max(63),
  userId: z.string().min(1).max(64).optional(),
});
export type MfaContextQuery = z.infer<typeof mfaContextQuery>;
