import type { Application, AuditActionRecorded } from '@countersign/contracts';
import { type Clock } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import type { Match } from '../patrol-rules/patrol-match.decide.ts';
import type { PatrolRule } from '../patrol-rules/patrol-rule.schemas.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { User } from '../users/user.types.ts';
import type { ActionFacts } from './audit-action.decide.ts';
import { AuditActionRepository } from './audit-action.repository.ts';

/** Gathers what the verdict on an audit action rests on; in earnest and for a dry run alike. Changes nothing. */
@Injectable()
export class ActionFactsReader {
  constructor(
    private readonly users: UserRepository,
    private readonly actions: AuditActionRepository,
    private readonly challenges: ChallengeRepository,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Facts about `action` of `user` (undefined: never seen) that matches `matches`; asks only for what can matter. */
  async gather(
    tx: Tx,
    { settings: { budgets } }: Application,
    action: Pick<AuditActionRecorded, 'name' | 'sessionId'>,
    about: { user: User | undefined; earliest: Date; matches: Match<PatrolRule>[] },
  ): Promise<ActionFacts> {
    const { user, earliest, matches } = about;
    const facts = { now: this.clock.now(), earliest, matches, budgets };
    if (!user || matches.length === 0) {
      return { ...facts, mutedRuleIds: [], allowed: [], history: { lastHour: 0, lastDay: 0, ends: [] } };
    }
    const cooling = action.sessionId !== undefined && matches.some(({ rule }) => rule.cooldownSeconds > 0);
    return {
      ...facts,
      mutedRuleIds: (await this.users.mutedRules(tx, user.id)).map(({ ruleId }) => ruleId),
      allowed: cooling ? await this.actions.allowed(tx, user.id, action.sessionId!, action.name) : [],
      history: await this.challenges.promptHistory(tx, user.id, 'event'),
    };
  }
}
