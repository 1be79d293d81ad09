import { uuidv7, type Clock } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Channel } from '../messages/message.types.ts';
import { FactorChanges } from '../users/factor-changes.ts';
import { factorEvent } from '../users/user.events.ts';
import { ContactRepository } from './contact.repository.ts';
import { type Contact, type ContactOwner, FACTOR_OF } from './contact.types.ts';
import type { NoticeKind } from './notice-texts.decide.ts';
import { Notices } from './notices.ts';
import { placeFor } from './place.decide.ts';

const ADDED: Record<Channel, NoticeKind> = { email: 'email-added', sms: 'phone-added' };
const REMOVED: Record<Channel, NoticeKind> = { email: 'email-removed', sms: 'phone-removed' };

/** An address that is, or becomes, a user's. */
export interface Addressed {
  channel: Channel;
  /** Tidied. */
  address: string;
  /** The id it is to have, where it was sealed under one; a new one by default. */
  id?: string;
}

/**
 * Changes to a user's addresses, in the caller's transaction, which holds the user's row. Whoever can be reached is
 * told, the address that goes most of all (ASVS 6.3.7): it is how an owner learns of a take-over.
 */
@Injectable()
export class ContactChanges {
  constructor(
    private readonly contacts: ContactRepository,
    private readonly changes: FactorChanges,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * Makes an address one of the user's verified ones; a repeat changes nothing. Flows in which one was shown that has
   * to go for it end with it, but for the flow `except`, which brought the new one. Undefined: there is no room.
   */
  async verified(
    tx: Tx,
    owner: ContactOwner,
    { id, channel, address }: Addressed,
    except?: string,
  ): Promise<Contact | undefined> {
    const all = await this.contacts.ofUser(tx, owner.userId);
    const known = this.among(all, owner, channel, address);
    if (known?.verifiedAt) return known;
    const place = placeFor(
      channel,
      all.filter((one) => one.slot !== 'pending'),
    );
    if (!place) return undefined;
    const kind = FACTOR_OF[channel];
    if (place.displaces) {
      await this.contacts.remove(tx, owner.userId, place.displaces.id);
      await this.changes.removed(tx, { ...owner, kind, id: place.displaces.id }, except);
    }
    if (known) await this.contacts.place(tx, known.id, place.slot, true);
    const contact =
      known ??
      (await this.contacts.add(
        tx,
        { ...owner, id: id ?? uuidv7(this.clock), channel, slot: place.slot, address },
        true,
      ));
    // the new address is not told: it is the one who would have to be warned of
    const also = place.displaces ? [place.displaces] : [];
    await this.notices.tell(tx, owner, ADDED[channel], { also, except: contact.id });
    await this.outbox.append(tx, [factorEvent('factor-added', { ...owner, kind, id: contact.id })]);
    return { ...contact, slot: place.slot };
  }

  /**
   * Notes an address that waits for its code, instead of one that waited before. Answers it, or the verified contact of
   * that address where there is one. Undefined: there is no room.
   */
  async pending(tx: Tx, owner: ContactOwner, { channel, address }: Addressed): Promise<Contact | undefined> {
    const all = await this.contacts.ofUser(tx, owner.userId);
    const known = this.among(all, owner, channel, address);
    if (known) return known;
    const room = placeFor(
      channel,
      all.filter((one) => one.slot !== 'pending'),
    );
    if (!room) return undefined;
    await this.contacts.removePending(tx, owner.userId, channel);
    const fresh = { ...owner, id: uuidv7(this.clock), channel, slot: 'pending' as const, address };
    return this.contacts.add(tx, fresh, false);
  }

  /** Removes one of the user's contacts; the secondary one moves up. False: there is none of that id. */
  async remove(tx: Tx, owner: ContactOwner, id: string): Promise<boolean> {
    const all = await this.contacts.ofUser(tx, owner.userId);
    const gone = all.find((one) => one.id === id);
    if (!gone) return false;
    await this.contacts.remove(tx, owner.userId, id);
    if (gone.slot === 'pending') return true;
    const next = all.find((one) => one.channel === gone.channel && one.slot === 'secondary');
    // LoginID's SDK insists on an option named email:primary
    if (gone.slot === 'primary' && next) await this.contacts.place(tx, next.id, 'primary', false);
    await this.notices.tell(tx, owner, REMOVED[gone.channel], { also: [gone] });
    await this.changes.removed(tx, { ...owner, kind: FACTOR_OF[gone.channel], id });
    return true;
  }

  private among(all: Contact[], owner: ContactOwner, channel: Channel, address: string): Contact | undefined {
    const hash = this.contacts.hashOf(owner.appId, channel, address);
    return all.find((one) => one.channel === channel && one.addressHash === hash);
  }
}
