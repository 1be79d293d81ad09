import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { Notices } from '../contacts/notices.ts';
import { factorEvent } from '../users/user.events.ts';
import { UserRepository } from '../users/user.repository.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import type { Passkey } from './passkey.types.ts';

/** Passkeys that may exist twice (WA-05). */
@Injectable()
export class SuspectPasskeys {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
  ) {}

  /** From now on the passkey satisfies nothing; its user is told, once. It stays in their list, to be removed. */
  async mark(passkey: Pick<Passkey, 'id' | 'appId' | 'userId'>): Promise<void> {
    await this.notices.prepare(passkey.appId);
    await this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, passkey.userId))) return;
      if (!(await this.passkeys.markSuspect(tx, passkey.id))) return;
      await this.notices.tell(tx, passkey, 'passkey-suspect');
      await this.outbox.append(tx, [factorEvent('factor-locked', { ...passkey, kind: 'passkey' })]);
    });
  }
}
