import { z } from 'zod';

/** Longest username, in characters, after trimming. */
export const USERNAME_MAX = 256;

/** A username as people would write it: trimmed, NFC. Empty where nothing is left. */
export const tidyUsername = (username: string): string => username.normalize('NFC').trim();

/** The form by which usernames are compared: tidied and without case ("Dana" and "dana" are one user). */
export const usernameKey = (username: string): string =>
  tidyUsername(username).toLowerCase().normalize('NFC');

/**
 * Accepts a username and leaves it exactly as sent, because subject digests cover what was sent.
 * Refuses: empty after trimming, over 256 characters, control characters, lone surrogates.
 */
export const usernameSchema = z
  .string()
  .refine((value) => tidyUsername(value).length > 0, 'must not be empty')
  .refine((value) => value.length <= USERNAME_MAX * 4 && [...tidyUsername(value)].length <= USERNAME_MAX, {
    message: `must have at most ${USERNAME_MAX} characters`,
  })
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must not contain control characters')
  .meta({ description: 'Compared trimmed, NFC and without case' });
