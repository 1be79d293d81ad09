import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { MfaRegistrationRepository } from '../mfa-registrations/mfa-registration.repository.ts';
import { SsoIdentifierRepository } from '../sso-identifiers/sso-identifier.repository.ts';
import { UserRepository } from './user.repository.ts';

/** Forgets users. */
@Injectable()
export class UserErasure {
  constructor(
    private readonly users: UserRepository,
    private readonly identifiers: SsoIdentifierRepository,
    private readonly registrations: MfaRegistrationRepository,
  ) {}

  /**
   * Erases everything of a user, in the caller's transaction. The tombstone comes first: it waits for a write that is
   * under way, and refuses the ones after it. Once more changes nothing.
   */
  async erase(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.users.bury(tx, appId, userId);
    await this.identifiers.eraseUser(tx, appId, userId);
    await this.registrations.eraseUser(tx, appId, userId);
  }
}
