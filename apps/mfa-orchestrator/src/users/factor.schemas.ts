import { z } from 'zod';
import { deviceView } from '../devices/device-info.schemas.ts';
import { OWN_FACTORS, type OwnFactor } from '../policies/factors.ts';

/** A factor of a user. Addresses are masked; no secret is shown. */
export const factorView = z
  .object({
    kind: z.enum(OWN_FACTORS),
    id: z.uuid(),
    label: z.string(),
    createdAt: z.string(),
    lastUsedAt: z.string().optional(),
    verified: z.boolean().optional().meta({ description: 'Of an address: whether a code came back from it' }),
    suspect: z
      .boolean()
      .optional()
      .meta({ description: 'A passkey that may have been copied: it satisfies nothing' }),
  })
  .meta({ id: 'Factor' });
export type FactorView = z.infer<typeof factorView>;

export const factorList = z.object({ items: z.array(factorView) }).meta({ id: 'Factors' });
export const deviceList = z.object({ items: z.array(deviceView) }).meta({ id: 'Devices' });

/** A path's kind of factor. One that is none has no factors: 404. */
export const factorKind = z
  .string()
  .transform((kind): OwnFactor | undefined => OWN_FACTORS.find((own) => own === kind));
