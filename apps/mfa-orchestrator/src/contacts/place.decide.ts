import type { Channel } from '../messages/message.types.ts';
import type { Contact, Slot } from './contact.types.ts';

type Placed = Pick<Contact, 'id' | 'channel' | 'slot'>;

/** Where an address goes once it is verified, and whom it displaces. */
export interface Place<C> {
  slot: Exclude<Slot, 'pending'>;
  displaces?: C;
}

/**
 * The place of one more verified address: two e-mail addresses, one phone number (LoginID's profile knows one, and
 * removes it without naming it), which a new one displaces. Undefined: there is no room.
 */
export function placeFor<C extends Placed>(channel: Channel, contacts: C[]): Place<C> | undefined {
  const at = (slot: Slot) => contacts.find((one) => one.channel === channel && one.slot === slot);
  const first = at('primary');
  if (!first) return { slot: 'primary' };
  if (channel === 'sms') return { slot: 'primary', displaces: first };
  return at('secondary') ? undefined : { slot: 'secondary' };
}
