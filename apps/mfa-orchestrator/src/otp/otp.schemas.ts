import { usernameSchema } from '@countersign/contracts';
import { z } from 'zod';

/** A one-time code: ASCII digits in a string, nothing else (OTP-21). */
export const oneTimeCode = z.string().regex(/^[0-9]{6,10}$/, 'must be 6 to 10 digits');

export const otpMethod = z.enum(['email', 'sms']);

export const otpRequest = z
  .object({
    method: otpMethod,
    option: z.string().max(320).optional().meta({
      description: 'Label or value of an offered option, or the address itself; empty: the primary address',
    }),
  })
  .meta({ id: 'MfaOtpRequest' });
export type OtpRequest = z.output<typeof otpRequest>;

/** The session stays the same: sending a code proves nothing. */
export const sessionView = z.object({ session: z.string() }).meta({ id: 'MfaSession' });

export const otpVerifyRequest = z.object({ otp: oneTimeCode }).meta({ id: 'MfaOtpVerify' });

export const contactRequest = z
  .object({ channel: otpMethod, address: z.string().min(1).max(320) })
  .meta({ id: 'MfaContactRequest' });
export type ContactRequest = z.output<typeof contactRequest>;

const authUser = z.object({ username: usernameSchema, usernameType: z.string().max(64) });

export const authOtpRequest = z.object({ user: authUser }).meta({ id: 'AuthOtp' });

export const authOtpVerifyRequest = z
  .object({ authCode: oneTimeCode, user: authUser })
  .meta({ id: 'AuthOtpVerify' });
export type AuthOtpVerifyRequest = z.output<typeof authOtpVerifyRequest>;

export const authCodeView = z.object({ code: z.string(), expiresAt: z.string() }).meta({ id: 'AuthCode' });
