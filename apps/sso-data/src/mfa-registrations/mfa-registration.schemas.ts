import { plainText } from '@countersign/contracts';
import { pageOf } from '@countersign/service-kit';
import { z } from 'zod';

/** Most providers one user can be registered with: all of them travel together to mfa-orchestrator. */
export const REGISTRATIONS_MAX = 50;

/** Name of an MFA provider, compared exactly; what a policy's `externalProvider` names. */
export const providerName = plainText(128)
  // it becomes the name of a JSON member, and that one name is no ordinary member in JavaScript
  .refine((name) => name !== '__proto__', 'is not a usable name')
  .meta({ description: 'MFA provider, compared exactly' });

/** Body of PUT: what the provider knows the user by. */
export const mfaRegistrationRequest = z
  .strictObject({ value: plainText(2048).meta({ example: 'device-4711' }) })
  .meta({ id: 'MfaRegistrationRequest' });
export type MfaRegistrationRequest = z.infer<typeof mfaRegistrationRequest>;

export const mfaRegistrationView = z
  .object({ provider: z.string(), value: z.string(), updatedAt: z.iso.datetime() })
  .meta({ id: 'MfaRegistration' });
export type MfaRegistrationView = z.infer<typeof mfaRegistrationView>;

export const mfaRegistrationList = pageOf(mfaRegistrationView).meta({ id: 'MfaRegistrationList' });
export type MfaRegistrationList = z.infer<typeof mfaRegistrationList>;
