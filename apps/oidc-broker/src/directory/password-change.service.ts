import type { Application } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { PasswordHasher, QueueFull } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { DirectoryRepository } from './directory.repository.ts';
import { userChanged } from './directory.events.ts';
import { passwordOwner } from './password-check.service.ts';
import { checkNewPassword, forbiddenNames } from './password.decide.ts';
import { PasswordLocks } from './password-locks.ts';
import { UserTraces } from './user-traces.ts';

/** For whom a password is to be. */
export interface NewPasswordOwner {
  userId: string;
  username: string;
}

/** Gives users new passwords. */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly database: Database,
    private readonly users: DirectoryRepository,
    private readonly traces: UserTraces,
    private readonly hasher: PasswordHasher,
    private readonly locks: PasswordLocks,
    private readonly outbox: Outbox,
  ) {}

  /** Whether it may be that user's password, prepared. Refuses `directory/password-refused`. */
  fits(application: Application, { username }: NewPasswordOwner, password: string): Decision<string> {
    return checkNewPassword(password, {
      minLength: application.settings.passwordMinLength,
      common: COMMON_PASSWORDS,
      names: forbiddenNames(username, application),
    });
  }

  /** The hash of a password that may be one. Refuses `directory/password-refused`, `fault/unavailable`. */
  async prepare(
    application: Application,
    user: NewPasswordOwner,
    password: string,
  ): Promise<Decision<string>> {
    const checked = this.fits(application, user, password);
    if (!checked.ok) return checked;
    const owner = passwordOwner(application.appId, user.userId);
    try {
      // of all who set passwords of one application at once, half the queue
      return accept(await this.hasher.hash(checked.value, { owner, from: `set:${application.appId}` }));
    } catch (error) {
      if (error instanceof QueueFull) return refuse('fault/unavailable');
      throw error;
    }
  }

  /**
   * Sets it, ends what the user has open (but the session `except`), and forgets the guesses at the old one. With
   * `from` only while the hash is still that one: whoever knew the old password may not undo a newer one.
   */
  async set(
    appId: string,
    userId: string,
    passwordHash: string,
    { from, except }: { from?: string | undefined; except?: string | undefined } = {},
  ): Promise<Decision<void>> {
    return this.database.transaction(async (tx) => {
      const found = await this.users.byId(appId, userId, tx, 'FOR UPDATE');
      if (!found) return refuse('directory/user-not-found');
      if (from !== undefined && (found.passwordHash !== from || !found.user.enabled))
        return refuse('directory/sign-in-refused');
      await this.users.update(tx, appId, userId, { passwordHash });
      await this.traces.end(tx, appId, userId, { except });
      await this.outbox.append(tx, [userChanged(appId, userId, ['password'])]);
      await this.locks.clear(appId, found.user.username, tx);
      return accept(undefined);
    });
  }
}
