import { dictionary } from '@zxcvbn-ts/language-common';

/** Passwords that people choose, by lower-case letters: the first thing that is tried (security 12: at least 3,000). */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(dictionary['passwords-common']);
