import { GENERIC_LABELS, maskAddress } from '../contacts/address.decide.ts';
import type { Contact } from '../contacts/contact.types.ts';
import type { Channel } from '../messages/message.types.ts';

type Choosable = Pick<Contact, 'id' | 'channel' | 'address' | 'addressHash'>;

/** What `option` may say of an address that is offered. */
export interface AskedOption {
  option: string | undefined;
  channel: Channel;
  /** Hash of `option`, where it is an address. */
  hash: string | undefined;
  /** Value of the generic option that a concealed flow shows. */
  generic: string;
}

/**
 * Which of the offered addresses a code goes to: `option` is the label (what LoginID's SDK sends), the option's value,
 * or the address itself; empty means the primary one, as the generic option does (contracts §1.7). Undefined: none.
 */
export function chooseContact<C extends Choosable>(offered: C[], asked: AskedOption): C | undefined {
  const option = asked.option?.trim() ?? '';
  if (option === '' || option === GENERIC_LABELS[asked.channel] || option === asked.generic)
    return offered[0];
  return (
    offered.find(({ id }) => id === option.toLowerCase()) ??
    offered.find(({ channel, address }) => maskAddress(channel, address) === option) ??
    offered.find(({ addressHash }) => addressHash === asked.hash)
  );
}
