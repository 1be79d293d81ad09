import type { UserContacts } from '@countersign/contracts';
import type { Contact } from './contact.types.ts';

/**
 * The addresses a user is known by: primary and verified. What nobody has shown to be theirs is told to nobody: clients
 * forget to look at `email_verified` (account takeover by an address somebody typed in).
 */
export function primaryContacts(
  contacts: Pick<Contact, 'channel' | 'slot' | 'address' | 'verifiedAt'>[],
): UserContacts {
  const of = (channel: Contact['channel']) =>
    contacts.find((one) => one.channel === channel && one.slot === 'primary' && one.verifiedAt !== null)
      ?.address;
  const [email, phoneNumber] = [of('email'), of('sms')];
  return {
    ...(email !== undefined && { email, emailVerified: true }),
    ...(phoneNumber !== undefined && { phoneNumber, phoneVerified: true }),
  };
}
