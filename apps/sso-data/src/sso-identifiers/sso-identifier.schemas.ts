import { plainText } from '@countersign/contracts';
import { z } from 'zod';

/** Body of PUT. The value is what another system knows the user by. */
export const ssoIdentifierRequest = z
  .strictObject({ value: plainText(2048).meta({ example: '0c1d8f5e-3c5b-4d07-9a3e-6f1f5a8f4d11' }) })
  .meta({ id: 'SsoIdentifierRequest' });
export type SsoIdentifierRequest = z.infer<typeof ssoIdentifierRequest>;

export const ssoIdentifierView = z
  .object({ value: z.string(), updatedAt: z.iso.datetime() })
  .meta({ id: 'SsoIdentifier' });
export type SsoIdentifierView = z.infer<typeof ssoIdentifierView>;
