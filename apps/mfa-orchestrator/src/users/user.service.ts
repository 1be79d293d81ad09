import type { Application } from '@countersign/contracts';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { accept, refuse, type Clock, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { Notices } from '../contacts/notices.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { Devices } from '../devices/devices.ts';
import { FactorLocks } from '../flows/factor-locks.ts';
import { flowEvent } from '../flows/flow.events.ts';
import { FlowEnds } from '../flows/flow-ends.repository.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { FactorRepository } from './factor.repository.ts';
import { FactorService } from './factor.service.ts';
import { signedOut } from './user.events.ts';
import { UserRepository } from './user.repository.ts';
import type { UserView } from './user.schemas.ts';

/** Shows, unlocks and deletes users. */
@Injectable()
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly flows: FlowEnds,
    private readonly challenges: ChallengeRepository,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly factors: FactorService,
    private readonly rows: FactorRepository,
    private readonly locks: FactorLocks,
    private readonly devices: Devices,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async show({ appId, settings }: Application, username: string): Promise<Decision<UserView>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    const muted = await this.users.mutedRules(this.database, user.id);
    const locked = await this.rows.locked(this.database, user.id);
    return accept({
      userId: user.id,
      username: user.username,
      createdAt: user.createdAt.toISOString(),
      registeredAt: user.registeredAt?.toISOString(),
      factors: await this.factors.list(user.id),
      devices: await this.devices.list(user.id, settings.deviceTrustSeconds),
      locks: [
        ...muted.map(({ ruleId, until }) => ({
          kind: 'muted-rule' as const,
          ruleId,
          until: until.toISOString(),
        })),
        ...locked.map(({ factor, until }) => ({
          kind: 'locked-factor' as const,
          factor,
          ...(until && { until: until.toISOString() }),
        })),
      ],
    });
  }

  /** Removes one factor of the user: support takes a lost phone away. */
  async removeFactor(
    application: Application,
    username: string,
    factor: { kind: OwnFactor | undefined; id: string },
  ): Promise<Decision<void>> {
    const user = await this.users.find(application.appId, username);
    return user ? this.factors.remove(application, user.id, factor) : refuse('mfa/user-not-found');
  }

  /** Trusts one of the user's devices no more. */
  async revokeDevice(appId: string, username: string, deviceId: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    return user ? this.devices.revoke({ appId, userId: user.id }, deviceId) : refuse('mfa/user-not-found');
  }

  /** Lifts what the user's denials muted and what wrong guesses locked. */
  async unlock(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    await this.database.transaction((tx) => this.users.unmute(tx, user.id));
    await this.locks.clear(user.id);
    return accept(undefined);
  }

  /**
   * Starts a user anew: factors and trusted devices are gone, open flows end, locks are lifted, the next login is a
   * sign-up. Challenges stay. The user is told, where they could be reached until now.
   */
  async reset(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    await this.notices.prepare(appId);
    const reset = await this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, user.id))) return refuse('mfa/user-not-found');
      const left = await this.flows.endOpenOfUser(tx, user.id);
      await this.users.unmute(tx, user.id);
      await this.users.forgetRegistration(tx, user.id);
      const owner = { appId, userId: user.id };
      const removed = await this.factors.removeAll(tx, owner);
      await this.devices.revokeIn(tx, owner);
      await this.outbox.append(tx, [
        ...removed,
        signedOut(appId, user.id, this.clock.now()),
        ...left.map((flow) => flowEvent('mfa.flow.abandoned.v1', flow)),
      ]);
      return accept(undefined);
    });
    await this.locks.clear(user.id);
    return reset;
  }

  /** Deletes a user: flows end, pending challenges are cancelled with their decisions, every service is told. */
  async delete(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    await this.decisions.prepare(appId);
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, user.id))) return refuse('mfa/user-not-found');
      const events: NewEvent[] = [];
      for (const challenge of await this.challenges.lockPendingOfUser(tx, user.id)) {
        const ended = await this.ends.end(tx, challenge, { status: 'cancelled', because: ['user-deleted'] });
        events.push(...ended.events);
      }
      const left = await this.flows.endOpenOfUser(tx, user.id);
      events.push(...left.map((flow) => flowEvent('mfa.flow.abandoned.v1', flow)));
      await this.users.erase(tx, user.id);
      const data = { userId: user.id };
      events.push({ type: 'mfa.user.deleted.v1', appId, subject: user.id, key: user.id, data });
      await this.outbox.append(tx, events);
      return accept(undefined);
    });
  }
}
