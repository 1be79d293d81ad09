import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Attempts } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { FactorLocks, TOLD_SCOPE } from '../flows/factor-locks.ts';
import { factorEvent } from '../users/user.events.ts';
import type { ContactOwner } from './contact.types.ts';
import { Notices } from './notices.ts';

/** A lock is told once in its hour, however many guesses run into it. */
const ONCE = { limit: 1, windowSeconds: 3600 };

/** Tells users that somebody guesses at their codes (OTP-01): a lock nobody hears of only delays an attack. */
@Injectable()
export class LockNotices {
  constructor(
    private readonly database: Database,
    private readonly locks: FactorLocks,
    private readonly attempts: Attempts,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
  ) {}

  /** After a wrong guess: where it locked the factor, the user and the bus are told. */
  async afterWrong({ appId, userId }: ContactOwner, factor: string): Promise<void> {
    if (userId === '' || !(await this.locks.isLocked(factor, userId))) return;
    const told = await this.attempts.count({ ...ONCE, scope: `${TOLD_SCOPE}${factor}`, key: userId });
    if (!told.allowed) return;
    await this.notices.prepare(appId);
    await this.database.transaction(async (tx) => {
      await this.notices.tell(tx, { appId, userId }, 'factor-locked');
      await this.outbox.append(tx, [factorEvent('factor-locked', { appId, userId, kind: factor })]);
    });
  }
}
