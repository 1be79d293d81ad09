import { type Application, usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Attempts, sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { DOOR_SCOPES } from '../flows/factor-locks.ts';
import type { Channel } from '../messages/message.types.ts';
import { CodeSender } from '../otp/code-sender.ts';
import { OtpCodes } from '../otp/otp-codes.ts';
import { UserRepository } from '../users/user.repository.ts';
import { UserService } from '../users/user.service.ts';
import type { User } from '../users/user.types.ts';
import { tidyAddress } from './address.decide.ts';
import { ContactChanges } from './contact-changes.ts';
import { ContactRepository } from './contact.repository.ts';
import type { Contact } from './contact.types.ts';
import { Notices } from './notices.ts';

/** Wrong codes for addresses of one user in an hour; none is looked at beyond them. */
const VERIFY_LIMIT = { scope: DOOR_SCOPES.verifyAddress, limit: 10, windowSeconds: 3600 };

const FIELD: Record<Channel, string> = { email: 'email', sms: 'phoneNumber' };

/** An address that management gives to a user. */
export interface GivenAddress {
  channel: Channel;
  address: string;
  /** False: the caller vouches for it. */
  requestVerification: boolean;
}

/** Addresses of users, as their application manages them (contracts §1.10). */
@Injectable()
export class ProfileService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly userService: UserService,
    private readonly contacts: ContactRepository,
    private readonly changes: ContactChanges,
    private readonly notices: Notices,
    private readonly codes: OtpCodes,
    private readonly sender: CodeSender,
    private readonly attempts: Attempts,
  ) {}

  /** Deletes a user with everything, in every service. */
  async delete(appId: string, id: string): Promise<Decision<void>> {
    const user = await this.named(appId, id);
    return user.ok ? this.userService.delete(appId, user.value.username) : user;
  }

  /**
   * Gives a user an address: verified at once where management vouches for it, else pending until the code that is sent
   * there comes back. One that is verified already stays so; nothing is sent.
   */
  async give(
    application: Application,
    id: string,
    { channel, address: text, requestVerification }: GivenAddress,
    clientAddress: string,
  ): Promise<Decision<void>> {
    const address = tidyAddress(channel, text);
    if (address === undefined) return refuse('request/invalid', notAnAddress(channel));
    const found = await this.named(application.appId, id);
    if (!found.ok) return found;
    const owner = { appId: application.appId, userId: found.value.id };
    const hash = this.contacts.hashOf(owner.appId, channel, address);
    await this.notices.prepare(owner.appId);
    const known = await this.contacts.ofUser(this.database, owner.userId);
    if (known.some((one) => one.channel === channel && one.addressHash === hash && one.verifiedAt))
      return accept(undefined);
    if (requestVerification) {
      const to = { ...owner, channel, address, addressHash: hash };
      const budget = await this.sender.take(application, to, clientAddress);
      if (!budget.ok) return budget;
    }
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, owner.userId))) return refuse('mfa/user-not-found');
      const contact = requestVerification
        ? await this.changes.pending(tx, owner, { channel, address })
        : await this.changes.verified(tx, owner, { channel, address });
      if (!contact) return refuse('mfa/contact-limit');
      if (!contact.verifiedAt && requestVerification) await this.sendCode(tx, application, contact);
      return accept(undefined);
    });
  }

  /** Takes the e-mail address `email` away from a user. */
  async removeEmail(appId: string, id: string, email: string): Promise<Decision<void>> {
    const address = tidyAddress('email', email);
    const hash = address === undefined ? '' : this.contacts.hashOf(appId, 'email', address);
    return this.remove(appId, id, (one) => one.channel === 'email' && one.addressHash === hash);
  }

  /** Takes the phone number away from a user, and one that waits for its code. */
  async removePhone(appId: string, id: string): Promise<Decision<void>> {
    return this.remove(appId, id, (one) => one.channel === 'sms');
  }

  /**
   * A user's page types the code that was sent to a pending address. Unknown user, no pending address, wrong code and
   * spent tries are told apart by nothing, unless the application discloses who exists.
   */
  async verify(
    application: Application,
    channel: Channel,
    { username, authCode }: { username: string; authCode: string },
  ): Promise<Decision<void>> {
    const { appId, settings } = application;
    const user = await this.users.find(appId, username);
    if (!user && settings.accountExistence === 'disclose') return refuse('mfa/user-not-found');
    const key = user?.id ?? sha256(`${appId} ${usernameKey(username)}`);
    if (!(await this.attempts.count({ ...VERIFY_LIMIT, key })).allowed) return refuse('mfa/code-refused');
    const all = await this.contacts.ofUser(this.database, key);
    const pending = all.find((one) => one.channel === channel && one.slot === 'pending');
    const purpose = `contact:${pending?.id ?? 'none'}`;
    const right = await this.codes.look({ purpose, appId, userId: key }, authCode);
    if (!right || !pending || !user) return refuse('mfa/code-refused');
    await this.notices.prepare(appId);
    const verified = await this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, user.id))) return false;
      if (!(await this.codes.consume(tx, right, `contact:${pending.id}`))) return false;
      return (await this.changes.verified(tx, { appId, userId: user.id }, pending)) !== undefined;
    });
    if (!verified) return refuse('mfa/code-refused');
    await this.attempts.giveBack(VERIFY_LIMIT.scope, key);
    return accept(undefined);
  }

  private async remove(
    appId: string,
    id: string,
    which: (contact: Contact) => boolean,
  ): Promise<Decision<void>> {
    const user = await this.named(appId, id);
    if (!user.ok) return user;
    const owner = { appId, userId: user.value.id };
    await this.notices.prepare(appId);
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, owner.userId))) return refuse('mfa/user-not-found');
      const gone = (await this.contacts.ofUser(tx, owner.userId)).filter(which);
      for (const one of gone) await this.changes.remove(tx, owner, one.id);
      return gone.length > 0 ? accept(undefined) : refuse('mfa/contact-not-found');
    });
  }

  private async sendCode(tx: Tx, application: Application, contact: Contact): Promise<void> {
    const { length, ttlSeconds } = application.settings.otp[contact.channel];
    const { id, appId, userId } = contact;
    const wanted = { purpose: `contact:${id}`, appId, userId, contactId: id, length, ttlSeconds };
    const { code } = await this.codes.make(tx, wanted);
    await this.sender.plan(tx, application, contact, { code, kind: 'verify-address' });
  }

  /** The user of that id or name. Where one user's name is another's id, nobody is meant (400). */
  private async named(appId: string, id: string): Promise<Decision<User>> {
    const [byId, byName] = [await this.users.findById(appId, id), await this.users.find(appId, id)];
    if (byId && byName && byId.id !== byName.id)
      return refuse('request/invalid', { field: 'id', detail: 'is one user’s id and another’s name' });
    const user = byId ?? byName;
    return user ? accept(user) : refuse('mfa/user-not-found');
  }
}

const notAnAddress = (channel: Channel) => ({
  field: FIELD[channel],
  detail:
    channel === 'email' ? 'must be an e-mail address' : 'must be a phone number with its country, +49 …',
});
