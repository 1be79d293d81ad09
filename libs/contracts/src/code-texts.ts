import { z } from 'zod';

/** Most characters of an application's name. */
export const APPLICATION_NAME_MAX = 200;

/** The longest that may stand in the place of a word in braces. */
const LONGEST: Record<string, number> = { code: 10, app: APPLICATION_NAME_MAX, minutes: 2 };

/** Characters of a text at most, once its words in braces are replaced. */
const filledLength = (template: string): number =>
  template.replace(/\{(code|app|minutes)\}/g, (_, name: string) => 'x'.repeat(LONGEST[name]!)).length;

/** A text that no provider refuses for its length: a code that cannot be sent locks its users out. */
const fitting = (template: z.ZodString, filled: number) =>
  template.refine(
    (text) => filledLength(text) <= filled,
    `must not be longer than ${filled} characters once {code}, {app} and {minutes} are replaced`,
  );

/** Text of a message: has `{code}`, may have `{app}`, `{minutes}` and line breaks, no other control characters. */
export const codeTemplate = (preset: string) =>
  fitting(
    z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^[^\u0000-\u0009\u000b-\u001f\u007f]*$/, 'must not contain control characters')
      .includes('{code}', 'must contain {code}'),
    1_600,
  ).default(preset);

/** Subject of a mail: one line, for a line break would end the header (CWE-93). */
export const subjectTemplate = (preset: string) =>
  fitting(
    z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'must be one line without control characters'),
    300,
  ).default(preset);
