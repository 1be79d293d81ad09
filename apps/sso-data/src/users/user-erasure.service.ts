import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { MfaRegistrationRepository } from '../mfa-registrations/mfa-registration.repository.ts';
import { SsoIdentifierRepository } from '../sso-identifiers/sso-identifier.repository.ts';
import { ThirdPartyDataRepository } from '../third-party-data/third-party-data.repository.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import { UserRepository } from './user.repository.ts';

/** Forgets users. */
@Injectable()
export class UserErasure {
  constructor(
    private readonly users: UserRepository,
    private readonly identifiers: SsoIdentifierRepository,
    private readonly registrations: MfaRegistrationRepository,
    private readonly thirdPartyData: ThirdPartyDataRepository,
    private readonly cached: CachedValues,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Destroys the user's key and erases everything of them, in the caller's transaction. The tombstone comes first: it
   * waits for a write that is under way, and refuses the ones after it. Once more changes nothing and says nothing.
   */
  async erase(tx: Tx, appId: string, userId: string): Promise<void> {
    const first = await this.users.bury(tx, appId, userId);
    await this.identifiers.eraseUser(tx, appId, userId);
    await this.registrations.eraseUser(tx, appId, userId);
    await this.forgetValues(tx, appId, userId);
    if (!first) return;
    await this.outbox.append(tx, [
      { type: 'sso.user-data.erased.v1', appId, subject: userId, key: userId, data: { userId } },
    ]);
  }

  /**
   * Deletes every third-party value of a user who lives on, in the caller's transaction, and destroys the key if
   * nothing else is sealed with it; the next write makes another. True if the key was destroyed. No event: the caller
   * knows the names.
   */
  async empty(tx: Tx, appId: string, userId: string): Promise<boolean> {
    // the row before the values, as everywhere; nobody can seal with the key while it is held
    if (!(await this.users.lock(tx, appId, userId))) return false;
    await this.forgetValues(tx, appId, userId);
    return this.users.destroyUnusedKey(tx, appId, userId);
  }

  private async forgetValues(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.thirdPartyData.eraseUser(tx, appId, userId);
    tx.onCommit(() => this.cached.changed(appId, userId));
  }
}
