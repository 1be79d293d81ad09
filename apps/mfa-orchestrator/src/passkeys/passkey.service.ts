import type { Acr, Application } from '@countersign/contracts';
import { accept, refuse, type Clock, type Decision } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Notices } from '../contacts/notices.ts';
import { isFresh, rank, strongest } from '../flows/assurance.decide.ts';
import { EnrolledFactors } from '../flows/enrolled.repository.ts';
import { FactorEnds } from '../users/factor-ends.ts';
import { signedOut, STALE_LOGIN } from '../users/user.events.ts';
import { UserRepository } from '../users/user.repository.ts';
import { factorRemoved } from './passkey.events.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import type { PasskeyView } from './passkey.schemas.ts';
import { viewOf } from './passkey-view.decide.ts';

/** A user, as their access token says: who, how well proved and when (seconds since the epoch), and by which token. */
export interface Owner {
  application: Application;
  userId: string;
  acr: Acr;
  authTime: number;
  jti: string;
}

/** A user's own passkeys: listed, renamed, removed. */
@Injectable()
export class PasskeyService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly enrolled: EnrolledFactors,
    private readonly ends: FactorEnds,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async list({ application, userId }: Owner): Promise<PasskeyView[]> {
    const all = await this.passkeys.of(this.database, application.appId, userId);
    return all.map(viewOf);
  }

  async rename({ application, userId }: Owner, id: string, name: string): Promise<Decision<void>> {
    const done = await this.passkeys.rename(this.database, application.appId, userId, id, name);
    return done ? accept(undefined) : refuse('mfa/factor-not-found');
  }

  /**
   * Removes a passkey: only after a recent login as strong as the user's strongest factor (ASVS 7.5.1). The user is told,
   * and every other login of theirs ends: one by the passkey that is gone may be somebody else's (SES-06).
   */
  async remove({ application, userId, acr, authTime, jti }: Owner, id: string): Promise<Decision<void>> {
    const { appId, settings } = application;
    await this.notices.prepare(appId);
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, userId))) return refuse('mfa/factor-not-found');
      if (!(await this.passkeys.find(tx, appId, userId, id))) return refuse('mfa/factor-not-found');
      const needed = strongest(await this.enrolled.of(tx, userId, 'login', settings));
      const now = this.clock.now();
      if (needed !== undefined && rank(acr) < rank(needed)) return refuse('mfa/factor-too-weak');
      if (!isFresh(authTime, now)) return refuse('mfa/factor-too-weak', { detail: STALE_LOGIN });
      await this.removeIn(tx, { appId, userId, id });
      await this.outbox.append(tx, [signedOut(appId, userId, now, jti)]);
      return accept(undefined);
    });
  }

  /**
   * Removes a passkey in the caller's transaction, which holds the user's row; false if the user has none of that id.
   * The caller has prepared the notices.
   */
  async removeIn(tx: Tx, of: { appId: string; userId: string; id: string }): Promise<boolean> {
    if (!(await this.passkeys.delete(tx, of.appId, of.userId, of.id))) return false;
    await this.notices.tell(tx, of, 'passkey-removed');
    await this.ends.end(tx, of.userId, { kind: 'passkey', id: of.id });
    await this.outbox.append(tx, [factorRemoved(of)]);
    return true;
  }
}
