import { accept, type Decision, refuse } from '@countersign/kernel';

/** Longest, in bytes: far beyond what NIST wants accepted (64 characters), and nothing to hash for long. */
export const PASSWORD_MAX_BYTES = 1024;

/** Names shorter than this stand in too many passwords by chance. */
const NAME_MIN = 4;
/** Fewer different characters than this are a pattern. */
const DIFFERENT_MIN = 5;

/** What a new password is held against. */
export interface PasswordContext {
  minLength: number;
  common: ReadonlySet<string>;
  /** The username, the application's name and id: what guesses begin with. */
  names: readonly string[];
}

/** What passwords of that user must not hold: the username, an address's part before the @, application and service. */
export function forbiddenNames(username: string, application: { appId: string; name: string }): string[] {
  return [username, username.split('@')[0]!, application.appId, application.name, 'Countersign'];
}

/**
 * The password in the form it is hashed in (RFC 8265 §4.2.2, OpaqueString): NFC, and every space a plain one, for
 * keyboards differ. Undefined: no password can be that, for it is too long or no text.
 */
export function preparePassword(password: string): string | undefined {
  // half a surrogate pair is written as U+FFFD: different passwords would become one
  if (password.length > PASSWORD_MAX_BYTES || !password.isWellFormed()) return undefined;
  const prepared = password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
  return bytesOf(prepared) > PASSWORD_MAX_BYTES ? undefined : prepared;
}

/**
 * Whether it may become a password, prepared. Long enough, sayable, and not what is guessed first; which kinds of
 * characters it has is nobody's business (security 12).
 */
export function checkNewPassword(
  password: string,
  { minLength, common, names }: PasswordContext,
): Decision<string, 'directory/password-refused'> {
  const prepared = preparePassword(password);
  if (prepared === undefined) return refused(`must be text of at most ${PASSWORD_MAX_BYTES} bytes`);
  if (/\p{Cc}/u.test(prepared)) return refused('must not contain control characters');
  // characters, not UTF-16 units: an emoji is one
  if ([...prepared].length < minLength) return refused(`must have at least ${minLength} characters`);
  const lower = prepared.toLowerCase();
  const name = names
    .map((given) => given.normalize('NFC').toLowerCase().trim())
    .find((one) => holds(lower, one));
  if (name !== undefined) return refused('must not contain the username or the application’s name');
  if (isPattern(lower)) return refused('must not be a sequence or a repetition');
  if (isCommon(lower, common)) return refused('is one that many people use, or made of two of them');
  return accept(prepared);
}

const refused = (detail: string) => refuse('directory/password-refused', { field: 'password', detail });

const holds = (password: string, name: string): boolean =>
  [...name].length >= NAME_MIN && password.includes(name);

/** `aaaaaaaaaaaaaaa`, `abcabcabcabcabc`, `hunter2hunter2`, `123456789012345`, `qqqqqwwwwweeeee`. */
function isPattern(password: string): boolean {
  const characters = [...password];
  if (new Set(characters).size < DIFFERENT_MIN) return true;
  for (let period = 1; period <= characters.length / 2; period++)
    if (characters.every((character, at) => at < period || character === characters[at - period]))
      return true;
  const codes = characters.map((character) => character.codePointAt(0)!);
  // steps of one, up or down, with 0 after 9; one other step may begin a second run
  const steps = codes.slice(1).map((code, at) => Math.abs(code - codes[at]!));
  return steps.filter((step) => step !== 1 && step !== 9).length <= 1;
}

/** One of the list, or two, with digits and signs around them: long enough does not make it unguessable. */
function isCommon(password: string, common: ReadonlySet<string>): boolean {
  const bare = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const candidates = new Set([password, bare, password.replace(/[^\p{L}\p{N}]+/gu, '')]);
  for (const candidate of candidates) {
    if (common.has(candidate)) return true;
    for (let at = 1; at < candidate.length; at++)
      if (common.has(candidate.slice(0, at)) && common.has(candidate.slice(at))) return true;
  }
  return false;
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
