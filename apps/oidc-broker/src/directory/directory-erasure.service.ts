import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { DirectoryRepository } from './directory.repository.ts';
import { ErasedUsers } from './erased-users.repository.ts';
import { PasswordLocks } from './password-locks.ts';
import { UserTraces } from './user-traces.ts';

/** Forgets users. */
@Injectable()
export class DirectoryErasure {
  constructor(
    private readonly users: DirectoryRepository,
    private readonly erased: ErasedUsers,
    private readonly traces: UserTraces,
    private readonly locks: PasswordLocks,
    private readonly outbox: Outbox,
  ) {}

  /**
   * The user is gone for good: nothing of them stays but a tombstone, in the caller's transaction. Once more changes
   * nothing and says nothing.
   */
  async erase(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.erased.bury(tx, appId, userId);
    await this.remove(tx, appId, userId);
  }

  /**
   * The user leaves the directory, with sessions, tokens, consents, passcode and remembered devices; mfa-orchestrator
   * still knows them, and they may come back. In the caller's transaction. False if they were not in it.
   */
  async remove(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const found = await this.users.byId(appId, userId, tx, 'FOR UPDATE');
    await this.traces.forget(tx, appId, userId);
    if (!found) return false;
    await this.users.delete(tx, appId, userId);
    await this.outbox.append(tx, [
      { type: 'directory.user.deleted.v1', appId, subject: userId, key: userId, data: { userId } },
    ]);
    // whoever has the name next starts without the guesses at this one
    await this.locks.clear(appId, found.user.username, tx);
    return true;
  }
}
