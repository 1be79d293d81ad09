import { z } from 'zod';
import { jsonValue, plainText } from './json-values.ts';
import { usernameSchema } from './usernames.ts';

const fields = {
  name: plainText(256).meta({ example: 'ChangeAddress' }),
  username: usernameSchema,
  sessionId: plainText(256).optional(),
  transactionId: plainText(256).optional(),
  clientAddress: plainText(64).optional(),
  occurredAt: z.iso.datetime({ offset: true }).optional(),
  details: jsonValue.optional(),
};
const auditActionId = plainText(256);

/** Body of `POST /v1/audit-actions`. */
export const auditActionRequest = z
  .strictObject({ auditActionId: auditActionId.optional(), ...fields })
  .meta({ id: 'AuditActionRequest' });
export type AuditActionRequest = z.infer<typeof auditActionRequest>;

/** `data` of `patrol.audit-action.recorded.v1`: the body of the POST with its id; unknown members are dropped. */
export const auditActionRecorded = z.object({ auditActionId, ...fields });
export type AuditActionRecorded = z.infer<typeof auditActionRecorded>;
