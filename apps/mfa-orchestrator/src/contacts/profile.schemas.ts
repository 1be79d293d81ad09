import { plainText, usernameSchema } from '@countersign/contracts';
import { z } from 'zod';
import { oneTimeCode } from '../otp/otp.schemas.ts';

/** A user's id, or their name. */
export const profileId = usernameSchema.meta({ description: 'The user’s id or username' });

export const emailRequest = z
  .object({
    email: plainText(320),
    requestVerification: z.boolean().default(true).meta({
      description: 'False: the caller vouches that the address is the user’s; it is verified at once',
    }),
  })
  .meta({ id: 'ProfileEmail' });

export const emailRemoval = z.object({ email: plainText(320) }).meta({ id: 'ProfileEmailRemoval' });

export const phoneRequest = z
  .object({
    phoneNumber: plainText(40),
    messagingConsent: z
      .boolean()
      .default(false)
      .meta({ description: 'The user agreed to get text messages' }),
    requestVerification: z.boolean().default(true),
  })
  .refine(({ messagingConsent, requestVerification }) => messagingConsent || !requestVerification, {
    path: ['messagingConsent'],
    message: 'is needed where a code is to be sent',
  })
  .meta({ id: 'ProfilePhone' });

export const verifyAddressRequest = z
  .object({ authCode: oneTimeCode, username: usernameSchema })
  .meta({ id: 'ProfileVerify' });
