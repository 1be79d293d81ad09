import { usernameKey } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { UserErasure } from '../users/user-erasure.service.ts';
import { UserRepository } from '../users/user.repository.ts';
import { deletedEvents } from './third-party-data.events.ts';
import { type DataOwner, ThirdPartyDataRepository } from './third-party-data.repository.ts';
import { CachedValues } from './third-party-data.values.ts';

/** Which of a user's values: of a vendor, or one of them. */
export interface Which {
  vendor: string;
  element?: string;
}

const notFound = () => refuse('sso/value-not-found');

/** Deletes values of users: for management by name, for users by themselves. */
@Injectable()
export class ThirdPartyDataDeletes {
  constructor(
    private readonly database: Database,
    private readonly repository: ThirdPartyDataRepository,
    private readonly cached: CachedValues,
    private readonly users: UserRepository,
    private readonly erasure: UserErasure,
    private readonly outbox: Outbox,
  ) {}

  /** Deletes what management names; nothing there: not found. */
  byName(appId: string, username: string, which: Which): Promise<Decision<undefined>> {
    return this.database.transaction(async (tx) => {
      const userId = await this.repository.holdName(tx, appId, usernameKey(username));
      return userId === undefined ? notFound() : this.delete(tx, { appId, userId }, which, 'management');
    });
  }

  /** Deletes what users name of their own; nothing there: not found. */
  byUser(owner: DataOwner, which: Which): Promise<Decision<undefined>> {
    return this.database.transaction(async (tx) =>
      (await this.users.lock(tx, owner.appId, owner.userId))
        ? this.delete(tx, owner, which, 'user')
        : notFound(),
    );
  }

  /** Deletes all of a user's values, and their key if nothing else is sealed with it. The user lives on; once more changes nothing. */
  async everything(appId: string, username: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const userId = await this.repository.holdName(tx, appId, usernameKey(username));
      if (userId === undefined) return;
      const owner = { appId, userId };
      const deleted = await this.repository.delete(tx, owner);
      await this.erasure.empty(tx, appId, userId);
      await this.outbox.append(tx, deletedEvents(owner, deleted, 'management'));
    });
  }

  private async delete(
    tx: Tx,
    owner: DataOwner,
    which: Which,
    by: 'management' | 'user',
  ): Promise<Decision<undefined>> {
    const deleted = await this.repository.delete(tx, owner, which);
    if (deleted.length === 0) return notFound();
    await this.outbox.append(tx, deletedEvents(owner, deleted, by));
    tx.onCommit(() => this.cached.changed(owner.appId, owner.userId));
    return accept(undefined);
  }
}
