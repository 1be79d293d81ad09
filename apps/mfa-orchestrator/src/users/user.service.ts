import { Injectable } from '@nestjs/common';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { flowEvent } from '../flows/flow.events.ts';
import { FlowRepository } from '../flows/flow.repository.ts';
import { UserRepository } from './user.repository.ts';
import type { UserView } from './user.schemas.ts';

/** Shows, unlocks and deletes users. */
@Injectable()
export class UserService {
  constructor(
    private readonly database: Database,
    private readonly users: UserRepository,
    private readonly flows: FlowRepository,
    private readonly challenges: ChallengeRepository,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly outbox: Outbox,
  ) {}

  async show(appId: string, username: string): Promise<Decision<UserView>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    const muted = await this.users.mutedRules(this.database, user.id);
    return accept({
      userId: user.id,
      username: user.username,
      createdAt: user.createdAt.toISOString(),
      registeredAt: user.registeredAt?.toISOString(),
      factors: [],
      devices: [],
      locks: muted.map(({ ruleId, until }) => ({ kind: 'muted-rule', ruleId, until: until.toISOString() })),
    });
  }

  /** Lifts what the user's denials muted. */
  async unlock(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    await this.database.transaction((tx) => this.users.unmute(tx, user.id));
    return accept(undefined);
  }

  /** Starts a user anew: open flows end, locks are lifted, the next login is a sign-up. Challenges stay. */
  async reset(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.users.find(appId, username);
    if (!user) return refuse('mfa/user-not-found');
    return this.database.transaction(async (tx) => {
      if (!(await this.users.lock(tx, user.id))) return refuse('mfa/user-not-found');
      const left = await this.flows.endOpenOfUser(tx, user.id);
      await this.users.unmute(tx, user.id);
      await this.users.forgetRegistration(tx, user.id);
      await this.outbox.append(
        tx,
        left.map((flow) => flowEvent('mfa.flow.abandoned.v1', flow)),
      );
      return accept(undefined);
    });
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
