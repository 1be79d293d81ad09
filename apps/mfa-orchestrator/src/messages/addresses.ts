import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/**
 * Whether `text` is one e-mail address and nothing else: no list, no name, no comment, no quoting, no control
 * character, so that nothing in it can become another recipient or another header (RFC 5321 §4.1.2, §4.5.3.1).
 */
export function isEmailAddress(text: string): boolean {
  const [local = '', domain = '', ...more] = text.split('@');
  return (
    more.length === 0 &&
    text.length <= 254 &&
    /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u.test(local) &&
    local.length <= 64 &&
    /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*$/u.test(
      domain,
    )
  );
}

/** Whether `text` is a number in E.164, `+` and 7 to 15 digits. */
export const isE164 = (text: string): boolean => /^\+[1-9]\d{6,14}$/.test(text);

/**
 * What stands for "numbers like this one" in budgets: the country's calling code and the next four digits (OTP-17).
 * A pumped range lies in one or few of them. A number of no known country: its first seven digits.
 */
export function numberPrefix(e164: string): string {
  const code = parsePhoneNumberFromString(e164)?.countryCallingCode;
  return e164.slice(0, 1 + (code?.length ?? 3) + 4);
}
