import type { Application, VerifiedToken } from '@countersign/contracts';
import { accept, refuse, type Clock, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ContactChanges } from '../contacts/contact-changes.ts';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { FACTOR_OF } from '../contacts/contact.types.ts';
import { Notices } from '../contacts/notices.ts';
import { asStrongAs, isFresh } from '../flows/assurance.decide.ts';
import { EnrolledFactors } from '../flows/enrolled.repository.ts';
import { PasskeyService } from '../passkeys/passkey.service.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { RecoveryCodeRepository } from '../recovery-codes/recovery-code.repository.ts';
import { TotpRepository } from '../totp/totp.repository.ts';
import { FactorChanges } from './factor-changes.ts';
import { contactView, rowView } from './factor-view.decide.ts';
import { FactorRepository } from './factor.repository.ts';
import type { FactorView } from './factor.schemas.ts';
import { factorEvent, type FactorOwner, signedOut, STALE_LOGIN } from './user.events.ts';
import { UserRepository } from './user.repository.ts';

/** The access token by which a user asks for something of their own. */
export type OwnToken = Pick<VerifiedToken, 'acr' | 'authTime' | 'jti'>;

/** A user's factors of every kind: listed, removed one by one or all together. */
@Injectable()
export class FactorService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly factors: FactorRepository,
    private readonly enrolled: EnrolledFactors,
    private readonly passkeys: PasskeyService,
    private readonly totp: TotpRepository,
    private readonly recovery: RecoveryCodeRepository,
    private readonly contacts: ContactRepository,
    private readonly contactChanges: ContactChanges,
    private readonly changes: FactorChanges,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async list(userId: string): Promise<FactorView[]> {
    const rows = await this.factors.of(this.database, userId);
    const contacts = await this.contacts.ofUser(this.database, userId);
    return [...rows.map(rowView), ...contacts.map(contactView)];
  }

  /**
   * Removes one factor. By its user only after a recent login as strong as their strongest factor (ASVS 7.5.1): without
   * `by` it is management that asks. The user is told, flows in which it was shown end, and so do logins: all of them,
   * but the one by which the user asks.
   */
  async remove(
    { appId, settings }: Application,
    userId: string,
    factor: { kind: OwnFactor | undefined; id: string },
    by?: OwnToken,
  ): Promise<Decision<void>> {
    const { kind, id } = factor;
    if (!kind) return refuse('mfa/factor-not-found');
    await this.notices.prepare(appId);
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, userId))) return refuse('mfa/factor-not-found');
      const enrolled = await this.enrolled.of(tx, userId, 'login', settings);
      const now = this.clock.now();
      const weaker = by !== undefined && !asStrongAs(by.acr, enrolled);
      const stale = by !== undefined && !isFresh(by.authTime, now);
      // what is not theirs is not there, whoever asks
      if ((weaker || stale) && !(await this.has(tx, userId, kind, id))) return refuse('mfa/factor-not-found');
      if (weaker) return refuse('mfa/factor-too-weak');
      if (stale) return refuse('mfa/factor-too-weak', { detail: STALE_LOGIN });
      if (!(await this.removeIn(tx, { appId, userId }, kind, id))) return refuse('mfa/factor-not-found');
      await this.outbox.append(tx, [signedOut(appId, userId, now, by?.jti)]);
      return accept(undefined);
    });
  }

  /** Removes everything, within a transaction that holds the user's row; the notices are prepared. */
  async removeAll(tx: Tx, owner: FactorOwner): Promise<NewEvent[]> {
    // first of all: afterwards nobody knows any more where to reach them
    await this.notices.tell(tx, owner, 'factors-reset');
    const gone = await this.factors.removeAll(tx, owner.userId);
    return gone.map(({ kind, id }) => factorEvent('factor-removed', { ...owner, kind, id }));
  }

  private async has(tx: Tx, userId: string, kind: OwnFactor, id: string): Promise<boolean> {
    const rows = [
      ...(await this.factors.of(tx, userId)),
      ...(await this.contacts.ofUser(tx, userId)).map(contactView),
    ];
    return rows.some((row) => row.kind === kind && row.id === id);
  }

  private async removeIn(tx: Tx, owner: FactorOwner, kind: OwnFactor, id: string): Promise<boolean> {
    switch (kind) {
      case 'passkey':
        return this.passkeys.removeIn(tx, owner, id);
      case 'totp':
        if (!(await this.totp.remove(tx, owner.userId, id))) return false;
        await this.notices.tell(tx, owner, 'totp-removed');
        break;
      case 'recovery':
        if (!(await this.recovery.remove(tx, owner.userId, id))) return false;
        await this.notices.tell(tx, owner, 'recovery-codes-removed');
        break;
      default: {
        const contacts = await this.contacts.ofUser(tx, owner.userId);
        const is = contacts.some((one) => one.id === id && FACTOR_OF[one.channel] === kind);
        return is && this.contactChanges.remove(tx, owner, id);
      }
    }
    await this.changes.removed(tx, { ...owner, kind, id });
    return true;
  }
}
