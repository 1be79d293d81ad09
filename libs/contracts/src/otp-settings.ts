import { z } from 'zod';
import { codeTemplate, subjectTemplate } from './code-texts.ts';

const otpChannel = {
  /** Whether codes go that way at all: false, and no flow offers it (Cloudentity's `enabled` of an MFA method). */
  enabled: z.boolean().default(true),
  length: z.int().min(6).max(10).default(6),
  ttlSeconds: z.int().min(30).max(600).default(300),
  text: codeTemplate(
    '{code} is your code for {app}. It is good for {minutes} minutes. Share it with nobody.',
  ),
};

/** How codes are sent, by channel. */
export const otpSettings = z
  .strictObject({
    email: z.strictObject({ ...otpChannel, subject: subjectTemplate('Your code for {app}') }).prefault({}),
    sms: z.strictObject(otpChannel).prefault({}),
  })
  .prefault({});
