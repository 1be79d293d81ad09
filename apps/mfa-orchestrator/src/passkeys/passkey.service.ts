import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { Notices } from '../contacts/notices.ts';
import { FactorChanges } from '../users/factor-changes.ts';
import type { FactorOwner } from '../users/user.events.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import type { PasskeyView } from './passkey.schemas.ts';
import { viewOf } from './passkey-view.decide.ts';

/** A user's own passkeys: listed, renamed, and removed for `FactorService`, which says who may. */
@Injectable()
export class PasskeyService {
  constructor(
    private readonly database: Database,
    private readonly passkeys: PasskeyRepository,
    private readonly changes: FactorChanges,
    private readonly notices: Notices,
  ) {}

  async list({ appId, userId }: FactorOwner): Promise<PasskeyView[]> {
    const all = await this.passkeys.of(this.database, appId, userId);
    return all.map(viewOf);
  }

  async rename({ appId, userId }: FactorOwner, id: string, name: string): Promise<Decision<void>> {
    const done = await this.passkeys.rename(this.database, appId, userId, id, name);
    return done ? accept(undefined) : refuse('mfa/factor-not-found');
  }

  /**
   * Removes a passkey in the caller's transaction, which holds the user's row; false if the user has none of that id.
   * The caller has prepared the notices.
   */
  async removeIn(tx: Tx, owner: FactorOwner, id: string): Promise<boolean> {
    if (!(await this.passkeys.delete(tx, owner.appId, owner.userId, id))) return false;
    await this.notices.tell(tx, owner, 'passkey-removed');
    await this.changes.removed(tx, { ...owner, kind: 'passkey', id });
    return true;
  }
}
