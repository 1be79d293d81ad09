import { usernameSchema } from '@countersign/contracts';
import { z } from 'zod';

/** Body of a launch: for whom. */
export const launchRequest = z.strictObject({ username: usernameSchema }).meta({ id: 'LaunchRequest' });
export type LaunchRequest = z.infer<typeof launchRequest>;

/** Why a launch led nowhere. The first are the vendor's answers, the rest how asking it went. */
export const LAUNCH_FAILURES = [
  'vendor-refused', // success: false
  'vendor-status', // not 200
  'not-json',
  'not-an-answer', // JSON of another shape, an unknown responseType, a link that is none, a value that cannot be kept
  'other-vendor', // values for a vendor that was not asked
  'too-many-values', // more than a user can have
  ...(['address', 'scheme', 'redirect', 'timeout', 'too-large', 'network'] as const),
] as const;
export type LaunchFailure = (typeof LAUNCH_FAILURES)[number];

/** What came of a launch; names as in Q2's response (seed 002). */
export const launchView = z
  .object({
    responseType: z.literal('LINK_OUT'),
    /** Where to send the user; null where the launch led nowhere. */
    response: z.string().nullable(),
    success: z.boolean(),
    /** For the user's eyes; empty where it succeeded. */
    endUserErrorMessage: z.string(),
    /** Why it led nowhere; for programs. */
    because: z.enum(LAUNCH_FAILURES).optional(),
    /** Elements whose values were added or changed. */
    saved: z.array(z.string()),
    /** Names that no element is defined for: left out, at most 50 are told. */
    refusedNames: z.array(z.string()),
    /** What the texts of the vendor's pages begin with (`ui_text_prefix` of its plan). */
    uiTextPrefix: z.string().optional(),
  })
  .meta({ id: 'Launch' });
export type LaunchView = z.infer<typeof launchView>;
