/** Codes LoginID's clients tell, as its SDKs name them; everything else counts as `other`. */
const CODES = [
  'ERROR_DISCOVERABLE_CREDENTIALS_UNSUPPORTED',
  'ERROR_USER_VERIFICATION_UNSUPPORTED',
  'ERROR_PASSKEY_EXISTS',
  'ERROR_PASSKEY_ABORTED',
  'ERROR_GENERAL_ERROR',
  'ERROR_GENERAL_ERROR_SEE_CAUSE_FIELD',
  'ERROR_ALGORITHMS_UNSUPPORTED',
  'ERROR_DOMAIN_MISMATCH',
  'ERROR_AUTHENTICATOR_UNKNOWN_ERROR',
] as const;

/** Longest text of a client that is logged. */
const LONGEST = 200;

/** The code an event begins with, out of a closed list: nothing a caller can invent becomes a label (API-06). */
export const codeOf = (event: string): string =>
  CODES.find((code) => event === code || event.startsWith(`${code} `)) ?? 'other';

/** What a client said, fit for one line of a log: printable ASCII, bounded, without what may be a credential (ASVS 16.4.1). */
export const loggable = (event: string): string =>
  event
    .slice(0, LONGEST * 2)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/(?!ERROR_)[\w.-]{32,}/g, '[long]')
    .slice(0, LONGEST);
