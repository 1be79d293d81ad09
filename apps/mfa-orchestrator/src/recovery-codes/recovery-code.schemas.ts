import { z } from 'zod';
import { TIDY_CODE, tidyCode } from './recovery-code.ts';

/** A code as somebody types it: case, dashes and spaces do not matter. */
export const recoveryRequest = z
  .object({
    code: z.string().max(64).transform(tidyCode).pipe(z.string().regex(TIDY_CODE, 'must be a recovery code')),
  })
  .meta({ id: 'MfaRecovery' });
export type RecoveryRequest = z.output<typeof recoveryRequest>;

/** Ten codes, shown this once. They satisfy nothing until one is typed back. */
export const recoveryEnrolment = z
  .object({ session: z.string(), codes: z.array(z.string()) })
  .meta({ id: 'MfaRecoveryEnrolment' });
export type RecoveryEnrolment = z.output<typeof recoveryEnrolment>;
