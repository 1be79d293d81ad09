import { z } from 'zod';

/** Exactly six ASCII digits in a string: no number, space, full-width digit or object gets any further (OTP-21). */
export const totpRequest = z
  .object({ otp: z.string().regex(/^[0-9]{6}$/, 'must be six digits') })
  .meta({ id: 'MfaTotp' });
export type TotpRequest = z.output<typeof totpRequest>;

/** A secret for an authenticator app. It is shown in this flow alone, and satisfies nothing until it is confirmed. */
export const totpEnrolment = z
  .object({
    session: z.string(),
    secret: z.string().meta({ description: 'Base32, for typing it in' }),
    uri: z.string().meta({ description: 'otpauth:// key URI' }),
    qr: z.string().meta({ description: 'The URI as a QR code: PNG in a data: URI' }),
  })
  .meta({ id: 'MfaTotpEnrolment' });
export type TotpEnrolment = z.output<typeof totpEnrolment>;
