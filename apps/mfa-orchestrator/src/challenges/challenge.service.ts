import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { subjectDigest, usernameKey, type Application } from '@countersign/contracts';
import { accept, refuse, secondsAfter, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest, type Tx } from '@countersign/persistence';
import { DecisionService } from '../decisions/decision.service.ts';
import { EnrolledFactors } from '../flows/enrolled.repository.ts';
import { PolicyRepository } from '../policies/policy.repository.ts';
import { UserRepository } from '../users/user.repository.ts';
import { promptRefusal } from './budget.decide.ts';
import { ChallengeEnds } from './challenge-end.ts';
import { toView } from './challenge-view.ts';
import { challengeEvent } from './challenge.events.ts';
import { ChallengeRepository, type NewChallenge } from './challenge.repository.ts';
import type { ChallengeRequest, ChallengeView, CreatedChallenge } from './challenge.schemas.ts';
import type { Challenge } from './challenge.types.ts';
import { TicketRepository } from './ticket.repository.ts';

/** Opens, shows and cancels challenges. */
@Injectable()
export class ChallengeService {
  constructor(
    private readonly database: Database,
    private readonly challenges: ChallengeRepository,
    private readonly tickets: TicketRepository,
    private readonly users: UserRepository,
    private readonly policies: PolicyRepository,
    private readonly decisions: DecisionService,
    private readonly ends: ChallengeEnds,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    private readonly enrolled: EnrolledFactors,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Opens a challenge about transactions and issues its first ticket; beyond the user's budget it is denied at once. */
  async create(
    application: Application,
    request: ChallengeRequest,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<CreatedChallenge>> {
    const { appId } = application;
    const requires = request.requires ?? application.settings.defaultPolicies.transaction;
    const [policy] = await this.policies.named(this.database, appId, [requires]);
    if (!policy)
      return refuse('mfa/policy-unknown', { field: 'requires', detail: `there is no policy “${requires}”` });
    const { username, payload } = request;
    const transactionIds = [...request.transactionIds].sort();
    const digest = await subjectDigest({ appId, username, transactionIds, payload });
    await this.decisions.prepare(appId);
    return this.database.transaction(async (tx) => {
      return this.idempotency.once(tx, idempotent, async () => {
        const answer = await this.open(tx, application, {
          username,
          transactionIds,
          payload,
          requires,
          // unnamed, the default holds until the user has a factor of ours (ST-09)
          onceEnrolled: request.requires === undefined ? policy.onceEnrolled : undefined,
          ttlSeconds: request.ttlSeconds,
          digest,
        });
        return answer.ok ? { answer: answer.value, secret: true, resourceId: answer.value.id } : answer;
      });
    });
  }

  private async open(
    tx: Tx,
    { appId, settings }: Application,
    demand: {
      username: string;
      transactionIds: string[];
      payload: string | undefined;
      requires: string;
      onceEnrolled: string | undefined;
      ttlSeconds: number;
      digest: string;
    },
  ): Promise<Decision<CreatedChallenge>> {
    const user = await this.users.resolve(tx, appId, demand.username, { vouched: true });
    const conflict = await this.challenges.conflicting(tx, user.id, demand.transactionIds, demand.digest);
    if (conflict) return refuse('mfa/transaction-conflict', { extra: { challengeId: conflict } });
    const enrolled = demand.onceEnrolled ? await this.enrolled.of(tx, user.id, 'transaction', settings) : [];
    const requires = enrolled.length > 0 && demand.onceEnrolled ? demand.onceEnrolled : demand.requires;
    const history = await this.challenges.promptHistory(tx, user.id, 'transaction');
    const refusal = promptRefusal('transaction', history, settings.budgets, this.clock.now());
    const challenge = await this.write(tx, {
      id: uuidv7(this.clock),
      appId,
      userId: user.id,
      username: demand.username,
      usernameKey: usernameKey(demand.username),
      context: 'transaction',
      status: refusal ? 'denied' : 'pending',
      auditActionId: null,
      auditActionName: null,
      sessionId: null,
      transactionIds: demand.transactionIds,
      payload: demand.payload ?? null,
      requires: [requires],
      ruleIds: [],
      because: refusal ? ['challenge-budget', refusal] : [`policy:${requires}`],
      subjectDigest: demand.digest,
      prompted: !refusal,
      createdAt: user.seenAt,
      expiresAt: secondsAfter(user.seenAt, demand.ttlSeconds),
    });
    if (refusal) return accept(toView(challenge));
    const { beginTicket } = await this.tickets.issue(tx, challenge);
    return accept({ ...toView(challenge), beginTicket });
  }

  /** Writes a new challenge with its events; one that is denied from the start gets its decision too. */
  async write(tx: Tx, fresh: NewChallenge): Promise<Challenge> {
    const challenge: Challenge = { ...fresh, failures: 0, decision: null };
    const opened = challengeEvent(challenge);
    await this.challenges.insert(tx, fresh, { type: opened.type, challenge: toView(challenge) });
    if (challenge.status === 'pending') {
      await this.outbox.append(tx, [opened]);
      return challenge;
    }
    const { decision, event } = await this.ends.decide(tx, challenge, {
      status: challenge.status,
      because: [],
    });
    await this.outbox.append(tx, [opened, event]);
    return { ...challenge, decision };
  }

  /** Issues another ticket for a pending challenge. */
  async issueTicket(
    appId: string,
    id: string,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<{ beginTicket: string; expiresAt: string }>> {
    const challenge = await this.challenges.find(appId, id);
    if (!challenge) return refuse('mfa/challenge-not-found');
    return this.database.transaction(async (tx) => {
      return this.idempotency.once(tx, idempotent, async () => {
        // a login's flow is begun by whoever saw its first factor, and by nobody else
        if (challenge.context === 'login') return refuse('access/forbidden');
        const pending = await this.challenges.lockPending(tx, id);
        if (!pending) return refuse('mfa/challenge-ended', { extra: { challengeStatus: challenge.status } });
        return { answer: await this.tickets.issue(tx, pending), secret: true, resourceId: id };
      });
    });
  }

  /** Withdraws a challenge: a decision too, so that nobody waits for one. */
  async cancel(
    appId: string,
    id: string,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<ChallengeView>> {
    const challenge = await this.challenges.find(appId, id);
    if (!challenge) return refuse('mfa/challenge-not-found');
    await this.decisions.prepare(appId);
    return this.database.transaction((tx) =>
      this.idempotency.once(tx, idempotent, async () => {
        const pending = await this.challenges.lockPending(tx, id);
        if (!pending) return refuse('mfa/challenge-ended', { extra: { challengeStatus: challenge.status } });
        const ending = { status: 'cancelled' as const, because: ['cancelled'] };
        const { decision, events } = await this.ends.end(tx, pending, ending);
        await this.outbox.append(tx, events);
        return { answer: toView({ ...pending, status: 'cancelled', decision }) };
      }),
    );
  }
}
