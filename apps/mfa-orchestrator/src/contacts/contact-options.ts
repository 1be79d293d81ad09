import type { Application } from '@countersign/contracts';
import type { Database, Tx } from '@countersign/persistence';
import { hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { NextItem } from '../flows/flow.schemas.ts';
import type { Flow } from '../flows/flow.types.ts';
import type { Channel } from '../messages/message.types.ts';
import { GENERIC_LABELS, maskAddress } from './address.decide.ts';
import { ContactRepository } from './contact.repository.ts';
import { minAgeSeconds } from './contact.types.ts';

type Option = NonNullable<NextItem['options']>[number];

/** The addresses a code can go to, as `next[].options` (contracts §1.4). */
@Injectable()
export class ContactOptions {
  private readonly secret: Uint8Array;

  constructor(
    private readonly contacts: ContactRepository,
    vault: Vault,
  ) {
    this.secret = vault.derive('concealed-contact');
  }

  /**
   * What the flow's user may choose from, with masked labels; LoginID's SDK sends the label back. `concealed`: one
   * generic option that is the same whoever the user is, and whether they have an address at all (enumeration).
   */
  async items(
    db: Tx | Database,
    flow: Pick<Flow, 'appId' | 'userId' | 'usernameKey' | 'context'>,
    channel: Channel,
    { application, concealed }: { application: Application; concealed: boolean },
  ): Promise<Option[]> {
    if (concealed || flow.userId === '') return [this.generic(flow, channel)];
    const minAge = minAgeSeconds(flow.context, application.settings);
    const usable = await this.contacts.usable(db, flow.userId, channel, minAge);
    return usable.map(({ id, slot, address }) => ({
      name: `${channel}:${slot}`,
      label: maskAddress(channel, address),
      value: id,
    }));
  }

  /** The option that stands for whatever the user has, or has not. */
  generic({ appId, usernameKey }: Pick<Flow, 'appId' | 'usernameKey'>, channel: Channel): Option {
    const value = uuidLike(hmac(this.secret, appId, usernameKey, channel));
    return { name: `${channel}:primary`, label: GENERIC_LABELS[channel], value };
  }
}

/** An HMAC in the form of a UUID (RFC 9562 §5.8). */
function uuidLike(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex').slice(0, 32);
  const fixed = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17)}`;
  return fixed.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
