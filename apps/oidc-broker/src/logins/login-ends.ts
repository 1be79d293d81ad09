import { Outbox, type NewEvent } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ConsentGrants } from '../consents/consent-grants.ts';
import { RememberedDevices, type ShownOnDevice } from '../remembered-devices/remembered-devices.ts';
import { currentRecords } from '../storage/request-records.ts';
import { LoginFactsOf } from './login-facts.ts';
import type { LoginAnswer, LoginVisit } from './login-visit.types.ts';
import { type KeptLogin, LoginRepository, type LoginResult } from './login.repository.ts';
import type { Login } from './login.types.ts';
import { consentChoice, type Due, type LoginFacts, ownChoices } from './next-step.decide.ts';
import { outcomeOf } from './outcome.decide.ts';

type Done = Extract<Due, { kind: 'done' }>;
type ShownPolicy = Pick<ShownOnDevice, 'policy' | 'flowId'>;

/** Ends logins: the row, its events and what the provider is told. */
@Injectable()
export class LoginEnds {
  constructor(
    private readonly database: Database,
    private readonly logins: LoginRepository,
    private readonly factsOf: LoginFactsOf,
    private readonly grants: ConsentGrants,
    private readonly devices: RememberedDevices,
    private readonly outbox: Outbox,
  ) {}

  /** Everything is shown: the provider goes on. Undefined where another submission was faster. */
  async complete(
    visit: LoginVisit,
    login: Login,
    facts: LoginFacts,
    due: Done,
  ): Promise<LoginAnswer | undefined> {
    const { userId } = login;
    if (userId === undefined) throw new Error('a login without a user cannot end well');
    const { result, proofs, event } = outcomeOf(login, facts, due, this.factsOf.now());
    const { claims } = login.demand;
    if (facts.scopes.length + claims.length > 0) {
      const isClaimsGranted = consentChoice(login)?.claims ?? facts.isConsentImplied;
      const grantId = await this.grants.settle(visit, userId, { ...due, claims, isClaimsGranted });
      result.consent = { grantId };
    }
    const events: NewEvent[] = event
      ? [{ type: 'oidc.login.completed.v1', appId: login.appId, subject: userId, key: userId, data: event }]
      : [];
    return this.end(visit, { ...login, proofs }, { result, events, remembers: remembersOf(login, facts) });
  }

  /** Nobody gets in by this login. `reason` is told in the event, `error` to the client. */
  async refuse(
    visit: LoginVisit,
    login: Login,
    {
      error,
      description,
      factor,
      reason,
    }: { error: string; description: string; factor: string; reason: string },
  ): Promise<LoginAnswer | undefined> {
    const result = { error, error_description: description };
    return this.end(visit, login, { result, events: [refusedEvent(login, factor, reason)] });
  }

  /** Tells the provider (again) what became of a login that has ended, and sends the browser on. */
  async tell(visit: LoginVisit, kept: Pick<KeptLogin, 'userId' | 'result'>): Promise<string> {
    const { result = {}, userId } = kept;
    if ('login' in result && userId !== undefined) await visit.leaveSessionsBut(userId);
    return visit.tell(result);
  }

  private async end(
    visit: LoginVisit,
    login: Login,
    {
      result,
      events,
      remembers,
    }: { result: LoginResult; events: NewEvent[]; remembers?: ShownPolicy | undefined },
  ): Promise<LoginAnswer | undefined> {
    const { appId, userId } = login;
    const kept = { ...login, result };
    const told = this.outbox.prepare(events);
    // collected only: what the provider is to keep is written with the login, or not at all
    const to = await this.tell(visit, kept);
    const records = currentRecords();
    if (!records) throw new Error('a login ends within a request');
    let cookie: string | undefined;
    if (remembers === undefined || userId === undefined) {
      if (!(await records.flushAfter(this.logins.advancing(kept, told)))) return undefined;
    } else {
      const isEnded = await this.database.transaction(async (tx) => {
        if (!(await this.logins.advance(kept, told, tx))) return false;
        const { browser, client, clientAddress, userAgent } = visit;
        const shown = { userId, ...remembers, clientAddress, userAgent };
        cookie = await this.devices.remember(tx, { ...browser, appId }, client, shown);
        return true;
      });
      if (!isEnded) {
        records.buffer.clear();
        return undefined;
      }
    }
    if (told.length > 0) this.outbox.wake();
    return { kind: 'redirect', to, ...(cookie !== undefined && { headers: { 'set-cookie': cookie } }) };
  }
}

/** The policy that this browser is remembered for, and the flow of this login that satisfied it, where the user wants that. */
function remembersOf(login: Login, { mayRemember, mfa }: LoginFacts): ShownPolicy | undefined {
  if (!mayRemember || ownChoices(login).remember !== 'yes') return undefined;
  const shown = login.proofs.findLast(({ factor, policy }) => factor === 'mfa' && policy === mfa?.policy);
  return shown?.policy !== undefined && shown.flowId !== undefined
    ? { policy: shown.policy, flowId: shown.flowId }
    : undefined;
}

/** Told by the name's owner where there is one, else by the client: nobody is known by that name. */
export function refusedEvent(
  { appId, userId, clientId }: Pick<Login, 'appId' | 'userId' | 'clientId'>,
  factor: string,
  reason: string,
): NewEvent {
  const data = { ...(userId !== undefined && { userId }), clientId, factor, reason: reason.slice(0, 100) };
  const key = userId ?? clientId;
  return { type: 'oidc.login.refused.v1', appId, subject: key, key, data };
}
