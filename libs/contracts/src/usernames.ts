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

/**
 * What is not seen: formats, line and paragraph separators, and what is ignored where it cannot be shown (RFC 8264 §9.13).
 * A name with one of them looks like another user's.
 */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A username that somebody is to get here. Refuses beside what {@link usernameSchema} does: unseen characters, and `.` and
 * `..`, which clients take out of paths, escaped or not (WHATWG URL, RFC 3986 §5.2.4): such a user could not be managed.
 * Names that are only looked up are not refused: who was given one earlier is found by it, and can be deleted.
 */
export const newUsernameSchema = usernameSchema
  .refine((value) => !UNSEEN.test(tidyUsername(value)), 'must not contain characters that are not seen')
  .refine((value) => !/^\.{1,2}$/.test(tidyUsername(value)), 'must be neither . nor ..')
  .meta({ description: 'Compared trimmed, NFC and without case. Neither `.` nor `..`, and nothing unseen' });
