import { plainText } from '@countersign/contracts';
import { z } from 'zod';
import { secondsOf } from './duration.decide.ts';

export const mechanism = z.enum(['email', 'sms']);
export type Mechanism = z.infer<typeof mechanism>;

const otp = z
  .strictObject({
    length: z
      .int()
      .min(6)
      .max(10)
      .meta({ description: 'Digits of a code (NIST SP 800-63B-4 §3.1.3.2: 6 at least)' }),
    expiration: z
      .string()
      .max(20)
      .refine((text) => {
        const seconds = secondsOf(text);
        return seconds !== undefined && seconds >= 30 && seconds <= 600;
      }, 'must be a duration such as 5m or 90s, from 30s to 10m')
      .meta({ description: 'How long a code is good: `5m`, `90s`, `2m30s`; 30s to 10m' }),
  })
  .partial();

const template = z.string().max(1000).meta({
  description:
    'Text of the message; `[[OTP]]` stands for the code, `{app}` and `{minutes}` as in the settings',
});

const settings = z.strictObject({
  email: z
    .strictObject({
      provider: z.enum(['smtp', 'embedded']),
      custom_message_subject: z.string().max(200),
      custom_message_template: template,
      otp,
    })
    .partial()
    .optional(),
  sms: z
    .strictObject({ provider: z.enum(['twilio', 'embedded']), custom_message_template: template, otp })
    .partial()
    .optional(),
});

/** A method as Cloudentity has it. What providers are and how to log in there is the operator's, by environment. */
export const mfaMethodRequest = z
  .strictObject({
    id: plainText(64).optional(),
    tenant_id: plainText(128).optional(),
    mechanism: mechanism.optional(),
    enabled: z.boolean().optional(),
    settings: settings.optional().meta({ description: 'Members that are absent stay as they are' }),
  })
  .meta({ id: 'MfaMethodRequest' });
export type MfaMethodRequest = z.infer<typeof mfaMethodRequest>;

export const newMfaMethodRequest = mfaMethodRequest.extend({ mechanism }).meta({ id: 'NewMfaMethodRequest' });

const otpView = z.object({ length: z.int(), expiration: z.string() });
export const mfaMethodView = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    mechanism,
    enabled: z.boolean(),
    settings: z.object({
      email: z
        .object({
          provider: z.string(),
          custom_message_subject: z.string(),
          custom_message_template: z.string(),
          otp: otpView,
        })
        .optional(),
      sms: z.object({ provider: z.string(), custom_message_template: z.string(), otp: otpView }).optional(),
    }),
  })
  .meta({ id: 'MfaMethod' });
export type MfaMethodView = z.infer<typeof mfaMethodView>;

export const mfaMethodList = z.object({ mfa_methods: z.array(mfaMethodView) }).meta({ id: 'MfaMethodList' });

export const testRequest = z
  .strictObject({ address: z.string().min(1).max(320) })
  .meta({ id: 'MfaMethodTest' });
