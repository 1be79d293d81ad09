import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Channel } from '../messages/message.types.ts';

/** Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3: a path of 256 with its brackets). */
const EMAIL_MAX = 254;
/** Atoms with dots between them (RFC 5321 §4.1.2, RFC 6531): no quoting, white space or control character (CRLF injection). */
const LOCAL = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/**
 * An e-mail address as it is sent to: trimmed, NFC, the domain in lower case and in ASCII (IDNA). Undefined where it is
 * none: an address literal, a host without a dot, a quoted local part, anything a header could be broken with.
 */
export function tidyEmail(text: string): string | undefined {
  const address = text.trim().normalize('NFC');
  const at = address.lastIndexOf('@');
  if (at < 1 || !address.isWellFormed()) return undefined;
  const local = address.slice(0, at);
  const domain = asciiDomain(address.slice(at + 1));
  if (domain === undefined || bytes(local) > 64 || !LOCAL.test(local)) return undefined;
  const tidy = `${local}@${domain}`;
  return bytes(tidy) <= EMAIL_MAX ? tidy : undefined;
}

function asciiDomain(text: string): string | undefined {
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(text)) return undefined;
  const host = URL.parse(`http://${text}`)?.hostname;
  const labels = host?.split('.') ?? [];
  const top = labels.at(-1) ?? '';
  const fits = labels.length > 1 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(top);
  return fits ? host : undefined;
}

/**
 * A telephone number in E.164. It must come with its country (`+49 …`); undefined where it is none. Whether a range is
 * assigned is not asked: numbers kept for fiction are good for trying things out.
 */
export function tidyPhone(text: string): string | undefined {
  if (text.length > 40) return undefined;
  const number = parsePhoneNumberFromString(text.trim(), { extract: false });
  return number?.isPossible() && !number.ext ? number.number : undefined;
}

export const tidyAddress = (channel: Channel, text: string): string | undefined =>
  channel === 'email' ? tidyEmail(text) : tidyPhone(text);

/** The form by which addresses are compared and counted: whoever writes `Dana@` and `dana@` fills one mailbox. */
export const addressKey = (address: string): string => address.toLowerCase();

/** An address as its owner recognises it and nobody else learns it: `d•••@example.com`, `+49 ••• 12`. */
export function maskAddress(channel: Channel, address: string): string {
  if (channel === 'email') {
    const at = address.lastIndexOf('@');
    return `${[...address][0] ?? ''}•••${address.slice(at)}`;
  }
  const code = parsePhoneNumberFromString(address)?.countryCallingCode ?? '';
  return `+${code} ••• ${address.slice(-2)}`;
}

/** What stands where nothing may depend on what the user has (enumeration). */
export const GENERIC_LABELS: Record<Channel, string> = {
  email: 'your e-mail address',
  sms: 'your phone number',
};
