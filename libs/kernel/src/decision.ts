/** Why something was not done: a stable code for programs, an optional sentence for people, the field it is about. */
export interface Refusal<Code extends string = string> {
  code: Code;
  detail?: string;
  field?: string;
  /** Members that stand beside `code` in the answer, such as the id of what exists already. */
  extra?: Record<string, unknown>;
}

/** What a rule or a use case answers: a value, or a refusal that is itself a value (so that what was counted may commit). */
export type Decision<T, Code extends string = string> =
  { ok: true; value: T } | { ok: false; refusal: Refusal<Code> };

/** The accepting decision. */
export const accept = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });

/** The refusing decision. */
export const refuse = <Code extends string>(
  code: Code,
  more: Omit<Refusal<Code>, 'code'> = {},
): { ok: false; refusal: Refusal<Code> } => ({ ok: false, refusal: { code, ...more } });
