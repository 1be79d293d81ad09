import { z } from 'zod';
import type { MfaOffer } from './mfa.types.ts';

/** What of the orchestrator's answers is read here; the rest is dropped. */
const next = z.array(
  z.object({
    action: z.object({ name: z.string(), label: z.string() }),
    options: z.array(z.object({ value: z.string(), label: z.string().optional() })).optional(),
  }),
);
export const nextAnswer = z.object({ session: z.string(), flowId: z.string(), next });
export const currentAnswer = z.object({ next });
export const completeAnswer = z.object({ payloadSignature: z.string().min(1) });
export const refusedAnswer = z.object({ msg: z.string() });
export const totpAnswer = z.object({ secret: z.string(), qr: z.string() });
export const recoveryAnswer = z.object({ codes: z.array(z.string()).min(1) });
export const jwksAnswer = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });

export const offersOf = (items: z.infer<typeof next>): MfaOffer[] =>
  items.map(({ action, options }) => ({ action: action.name, label: action.label, options: options ?? [] }));
