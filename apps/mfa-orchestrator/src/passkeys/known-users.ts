import type { Application } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { UserRepository } from '../users/user.repository.ts';

/** What the calls outside LoginID's MFA API may tell of a user's existence. */
@Injectable()
export class KnownUsers {
  constructor(private readonly users: UserRepository) {}

  /** Whether nobody of that name has ever logged in, and the application says so (`disclose`). Concealed: always false. */
  async isUnknown({ appId, settings }: Application, username: string): Promise<boolean> {
    if (settings.accountExistence === 'conceal') return false;
    return !(await this.users.find(appId, username))?.registeredAt;
  }
}
