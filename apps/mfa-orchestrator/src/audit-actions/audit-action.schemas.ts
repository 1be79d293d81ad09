import { outcome } from '@countersign/contracts';
import { z } from 'zod';

export const recordedView = z
  .object({ auditActionId: z.string(), subjectDigest: z.string() })
  .meta({ id: 'AuditActionRecorded' });

export const auditActionView = z
  .object({
    auditActionId: z.string(),
    status: z.enum(['recorded', 'challenged', 'decided']),
    subjectDigest: z.string(),
    challengeId: z.string().optional(),
    outcome: outcome.optional(),
    decision: z.string().optional().meta({ description: 'The signed decision (JWS)' }),
    because: z.array(z.string()),
  })
  .meta({ id: 'AuditAction' });
