import { ActionSigner } from './action-signing.ts';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import {
  subjectDigest,
  usernameKey,
  type Application,
  type AuditActionRecorded,
  type AuditActionRequest,
  signedForm,
} from '@countersign/contracts';
import { accept, refuse, secondsAfter, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { EventTooLarge, Permanent, type EventContext, type NewEvent, Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest, type Tx } from '@countersign/persistence';
import { ActionFactsReader } from './action-facts.ts';
import { ChallengeService } from '../challenges/challenge.service.ts';
import { tellable } from '../decisions/because.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { matchRules } from '../patrol-rules/patrol-match.decide.ts';
import { PatrolRuleRepository } from '../patrol-rules/patrol-rule.repository.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { User } from '../users/user.types.ts';
import type { AdmittedAction } from './audit-action.admission.ts';
import { decideAction, earliestOf, inFuture, type Verdict } from './audit-action.decide.ts';
import { AuditActionRepository } from './audit-action.repository.ts';

/** How long an accepted action may wait to be worked on, in seconds. */
const FORGOTTEN_SECONDS = 3600;

export interface Recorded {
  auditActionId: string;
  subjectDigest: string;
}

/** Takes audit actions in and gives each one exactly one decision, at once or through a challenge. */
@Injectable()
export class AuditActionService {
  constructor(
    private readonly database: Database,
    private readonly actions: AuditActionRepository,
    private readonly users: UserRepository,
    private readonly rules: PatrolRuleRepository,
    private readonly facts: ActionFactsReader,
    private readonly challenges: ChallengeService,
    private readonly decisions: DecisionService,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    private readonly signer: ActionSigner,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Takes a POSTed action: it is recorded and goes onto the bus like any other. */
  async record(
    { appId }: Application,
    request: AuditActionRequest,
    idempotent: IdempotentRequest | undefined,
  ): Promise<Decision<Recorded>> {
    if (inFuture(this.clock.now(), request.occurredAt))
      return refuse('mfa/audit-action-time', { field: 'occurredAt' });
    const action = { ...request, auditActionId: request.auditActionId ?? uuidv7(this.clock) };
    const { username, name, auditActionId, details } = action;
    const digest = await subjectDigest({ appId, username, name, auditActionId, details });
    const event = await this.signedEvent(appId, action);
    try {
      return await this.database.transaction((tx) =>
        this.idempotency.once(tx, idempotent, async () => {
          const user = await this.users.resolve(tx, appId, username, { vouched: true });
          const { isNew, row } = await this.actions.record(tx, appId, action, digest, user.id);
          if (row.subjectDigest !== digest)
            return refuse('mfa/audit-action-conflict', { field: 'auditActionId' });
          if (isNew) await this.outbox.append(tx, [event]);
          return { answer: { auditActionId, subjectDigest: digest } };
        }),
      );
    } catch (error) {
      if (error instanceof EventTooLarge)
        return refuse('request/too-large', { detail: 'an audit action has at most 256 KB' });
      throw error;
    }
  }

  private async signedEvent(appId: string, action: AuditActionRecorded): Promise<NewEvent> {
    const event = {
      id: uuidv7(this.clock),
      type: 'patrol.audit-action.recorded.v1' as const,
      subject: action.username,
      time: this.clock.now().toISOString(),
    };
    // as it will be read: without members that are undefined
    const data = JSON.parse(JSON.stringify(action)) as AuditActionRecorded;
    const signed = signedForm({
      ...event,
      specversion: '1.0',
      source: '/mfa-orchestrator',
      appid: appId,
      data,
    });
    const key = `${appId}:${usernameKey(action.username)}`;
    return { ...event, appId, key, data, signature: await this.signer.sign(signed) };
  }

  /**
   * Works on an action from the bus, in the transaction that marks its event as done. An action that was seen before
   * changes nothing; the same id with other content is a conflict, not an update.
   */
  async receive({ tx, event, brokerTime }: EventContext, admitted: AdmittedAction): Promise<void> {
    const { application, action, subjectDigest: digest } = admitted;
    const { appId } = application;
    const now = this.clock.now();
    if (inFuture(now, event.time, action.occurredAt)) throw new Permanent('time-in-future');
    const user = await this.users.resolve(tx, appId, action.username, { vouched: true });
    const { row } = await this.actions.record(tx, appId, action, digest, user.id);
    if (row.subjectDigest !== digest)
      throw new Permanent('content-conflict', 'this audit action id stands for other content');
    if (row.status !== 'recorded') return;
    const earliest = earliestOf(event.time, action.occurredAt, brokerTime);
    const matches = matchRules(await this.rules.enabled(tx, appId), action);
    const verdict = decideAction(
      await this.facts.gather(tx, application, action, { user, earliest, matches }),
    );
    await this.carryOut(tx, verdict, { appId, action, user, digest });
  }

  private async carryOut(
    tx: Tx,
    verdict: Verdict,
    about: { appId: string; action: AuditActionRecorded; user: User; digest: string },
  ): Promise<void> {
    const { appId, action, user, digest } = about;
    if (verdict.kind === 'decide') {
      const { event } = await this.decisions.make(tx, {
        appId,
        userId: user.id,
        outcome: verdict.outcome,
        subjectDigest: digest,
        because: tellable(verdict.because),
        auditActionId: action.auditActionId,
        actionName: action.name,
        sessionId: action.sessionId,
      });
      await this.outbox.append(tx, [event]);
      return;
    }
    await this.challenges.write(tx, {
      id: uuidv7(this.clock),
      appId,
      userId: user.id,
      username: action.username,
      usernameKey: user.usernameKey,
      context: 'event',
      status: 'pending',
      auditActionId: action.auditActionId,
      auditActionName: action.name,
      sessionId: action.sessionId ?? null,
      transactionIds: null,
      payload: null,
      requires: verdict.requires,
      ruleIds: verdict.ruleIds,
      because: tellable(verdict.because),
      subjectDigest: digest,
      prompted: true,
      createdAt: user.seenAt,
      expiresAt: secondsAfter(user.seenAt, verdict.ttlSeconds),
    });
  }

  /**
   * Decides what was accepted and never worked on (its event died, or an operator discarded it), so that nobody waits
   * for ever; answers how many. Run by a timer. Should the event come after all, it finds the action decided.
   */
  async decideForgotten(limit = 50): Promise<number> {
    return this.database.transaction(async (tx) => {
      const actions = await this.actions.lockForgotten(tx, FORGOTTEN_SECONDS, limit);
      for (const { sessionId, ...action } of actions) {
        const { event } = await this.decisions.make(tx, {
          ...action,
          sessionId: sessionId ?? undefined,
          outcome: 'too-late',
          because: ['not-processed'],
        });
        await this.outbox.append(tx, [event]);
      }
      return actions.length;
    });
  }

  /** Where an action stands. */
  async show(appId: string, auditActionId: string) {
    const action = await this.actions.find(appId, auditActionId);
    return action ? accept(action) : refuse('mfa/audit-action-not-found');
  }
}
