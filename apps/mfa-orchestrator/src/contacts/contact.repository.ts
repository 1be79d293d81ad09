import { Database, type Tx } from '@countersign/persistence';
import { hmac, Vault } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { addressKey } from './address.decide.ts';
import type { Channel } from '../messages/message.types.ts';
import type { Contact, ContactOwner, Slot } from './contact.types.ts';

interface Row extends Omit<Contact, 'address'> {
  sealed: string;
}

/** An address on its way into a row. */
export interface NewContact extends ContactOwner {
  id: string;
  channel: Channel;
  slot: Slot;
  address: string;
}

const COLUMNS = `id, app_id AS "appId", user_id AS "userId", channel, slot, sealed_address AS sealed,
  address_hash AS "addressHash", verified_at AS "verifiedAt", created_at AS "createdAt"`;
const ORDER = `ORDER BY channel, array_position(ARRAY['primary', 'secondary', 'pending'], slot)`;

/** Contacts of users. An address is stored sealed, and as an HMAC by which it is found and counted. */
@Injectable()
export class ContactRepository {
  private readonly secret: Uint8Array;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {
    this.secret = vault.derive('contact-address');
  }

  /** By what an address is found and counted, in one application. */
  hashOf(appId: string, channel: Channel, address: string): string {
    return hmac(this.secret, appId, channel, addressKey(address));
  }

  /** What stands for the address of somebody who has none, wherever that must not show: it has budgets, and no mail. */
  nobody(appId: string, channel: Channel, usernameKey: string, userId: string) {
    return { userId, channel, addressHash: hmac(this.secret, appId, channel, '', usernameKey) };
  }

  /** All of a user's contacts, pending ones too; by channel, primary first. */
  async ofUser(db: Tx | Database, userId: string): Promise<Contact[]> {
    const rows = await db.query<Row>(`SELECT ${COLUMNS} FROM contacts WHERE user_id = $1 ${ORDER}`, [userId]);
    return rows.map((row) => this.opened(row));
  }

  /** Verified contacts of one channel that have been so for `minAgeSeconds`; primary first. */
  async usable(
    db: Tx | Database,
    userId: string,
    channel: Channel,
    minAgeSeconds: number,
  ): Promise<Contact[]> {
    const rows = await db.query<Row>(
      `SELECT ${COLUMNS} FROM contacts WHERE user_id = $1 AND channel = $2
         AND verified_at <= clock_timestamp() - make_interval(secs => $3) ${ORDER}`,
      [userId, channel, minAgeSeconds],
      'usable-contacts',
    );
    return rows.map((row) => this.opened(row));
  }

  /** Whether the contact is still the user's, verified, and has been so for `minAgeSeconds`. */
  async isUsable(tx: Tx, userId: string, id: string, minAgeSeconds: number): Promise<boolean> {
    const row = await tx.one(
      `SELECT 1 FROM contacts WHERE id = $1 AND user_id = $2
         AND verified_at <= clock_timestamp() - make_interval(secs => $3)`,
      [id, userId, minAgeSeconds],
      'usable-contact',
    );
    return row !== undefined;
  }

  /** Adds a contact; with `verified`, by somebody who knows that it is the user's. */
  async add(tx: Tx, contact: NewContact, verified: boolean): Promise<Contact> {
    const { id, appId, userId, channel, slot, address } = contact;
    const row = await tx.one<Row>(
      `INSERT INTO contacts (id, app_id, user_id, channel, slot, sealed_address, address_hash, verified_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 THEN clock_timestamp() END) RETURNING ${COLUMNS}`,
      [
        ...[id, appId, userId, channel, slot, this.seal(id, address)],
        ...[this.hashOf(appId, channel, address), verified],
      ],
    );
    return this.opened(row!);
  }

  /** Puts a contact into a place; with `verified`, it is so from now on. */
  async place(tx: Tx, id: string, slot: Slot, verified: boolean): Promise<void> {
    await tx.query(
      `UPDATE contacts SET slot = $2,
         verified_at = CASE WHEN $3 THEN coalesce(verified_at, clock_timestamp()) ELSE verified_at END WHERE id = $1`,
      [id, slot, verified],
    );
  }

  async remove(tx: Tx, userId: string, id: string): Promise<void> {
    await tx.query('DELETE FROM contacts WHERE user_id = $1 AND id = $2', [userId, id]);
  }

  /** Removes the user's address that waits for its code, if any. */
  async removePending(tx: Tx, userId: string, channel: Channel): Promise<void> {
    await tx.query(`DELETE FROM contacts WHERE user_id = $1 AND channel = $2 AND slot = 'pending'`, [
      userId,
      channel,
    ]);
  }

  /** Seals an address for the contact of that id, wherever it is kept. */
  seal(id: string, address: string): string {
    return this.vault.seal(address, `contact:${id}`);
  }

  /** Opens what {@link seal} made. */
  open(id: string, sealed: string): string {
    return this.vault.open(sealed, `contact:${id}`);
  }

  private opened({ sealed, ...row }: Row): Contact {
    return { ...row, address: this.open(row.id, sealed) };
  }
}
