import {
  subjectDigest,
  usernameKey,
  tidyUsername,
  type Application,
  type loginChallengeRequest,
  type loginOffersRequest,
  type LoginChallenge,
  type LoginOffers,
} from '@countersign/contracts';
import { accept, refuse, secondsAfter, uuidv7, type Clock, type Decision } from '@countersign/kernel';
import { Database, type Tx } from '@countersign/persistence';
import { type ApplicationDirectory, InjectClock, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { DecisionService } from '../decisions/decision.service.ts';
import { PolicyRepository } from '../policies/policy.repository.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { User } from '../users/user.types.ts';
import { promptRefusal } from './budget.decide.ts';
import { ChallengeRepository } from './challenge.repository.ts';
import { ChallengeService } from './challenge.service.ts';
import type { Challenge } from './challenge.types.ts';
import { LoginChallengeRepository } from './login-challenge.repository.ts';
import { LoginOffersReader } from './login-offers.ts';
import { TicketRepository } from './ticket.repository.ts';

type Demand = z.output<typeof loginChallengeRequest>;

/** Second factors for logins that oidc-broker leads (ADR 0030). */
@Injectable()
export class LoginChallenges {
  constructor(
    private readonly database: Database,
    private readonly challenges: ChallengeRepository,
    private readonly logins: LoginChallengeRepository,
    private readonly opening: ChallengeService,
    private readonly offersOf: LoginOffersReader,
    private readonly tickets: TicketRepository,
    private readonly users: UserRepository,
    private readonly policies: PolicyRepository,
    private readonly decisions: DecisionService,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** What the user would be asked for; nothing is begun, nothing is sent. */
  async offers(request: z.output<typeof loginOffersRequest>): Promise<Decision<LoginOffers>> {
    const application = await this.applicationOf(request);
    if (!application.ok) return application;
    const { appId } = application.value;
    const user = await this.users.resolve(this.database, appId, request.username, { vouched: true });
    const proofs = await this.logins.proofsOf(this.database, { appId, userId: user.id }, request.proofs);
    return accept(await this.offersOf.read(application.value, user, request.requires, proofs));
  }

  /** Opens the challenge, or finds it again, and issues a ticket for its flow. */
  async open(request: Demand): Promise<Decision<LoginChallenge>> {
    const application = await this.applicationOf(request);
    if (!application.ok) return application;
    const { appId } = application.value;
    const { username, requires, loginId } = request;
    const transactionIds = [`oidc:${loginId}`];
    const digest = await subjectDigest({ appId, username, transactionIds });
    await this.decisions.prepare(appId);
    return this.database.transaction(async (tx) => {
      const user = await this.users.resolve(tx, appId, username, { vouched: true });
      const demand = { userId: user.id, loginId, requires };
      const known = await this.logins.find(tx, demand);
      const found = known
        ? await this.again(tx, known, digest)
        : await this.write(tx, application.value, request, user, digest);
      if (!found.ok) return found;
      const challenge = found.value;
      await this.logins.keep(tx, challenge.id, demand, request.proofs);
      const { beginTicket } = await this.tickets.issue(tx, challenge);
      return accept({
        challengeId: challenge.id,
        userId: user.id,
        beginTicket,
        subjectDigest: challenge.subjectDigest,
        expiresAt: challenge.expiresAt.toISOString(),
      });
    });
  }

  /** A demand that came before: the same challenge while it is pending, and never another one instead of it. */
  private async again(tx: Tx, id: string, digest: string): Promise<Decision<Challenge>> {
    const pending = await this.challenges.lockPending(tx, id);
    return pending?.subjectDigest === digest ? accept(pending) : refuse('mfa/challenge-ended');
  }

  private async write(
    tx: Tx,
    { appId, settings }: Application,
    { username, requires, loginId, ttlSeconds }: Demand,
    user: User,
    digest: string,
  ): Promise<Decision<Challenge>> {
    const history = await this.challenges.promptHistory(tx, user.id, 'login');
    // nobody waits for the decision on a login: its user is told, and nothing is written
    if (promptRefusal('login', history, settings.budgets, this.clock.now()))
      return refuse('access/too-many-requests', { detail: 'Too many sign-ins were begun; try again later' });
    const challenge = await this.opening.write(tx, {
      id: uuidv7(this.clock),
      appId,
      userId: user.id,
      username,
      usernameKey: usernameKey(username),
      context: 'login',
      status: 'pending',
      auditActionId: null,
      auditActionName: null,
      sessionId: null,
      transactionIds: [`oidc:${loginId}`],
      payload: null,
      requires: [requires],
      ruleIds: [],
      because: [`policy:${requires}`],
      subjectDigest: digest,
      prompted: true,
      createdAt: user.seenAt,
      expiresAt: secondsAfter(user.seenAt, ttlSeconds),
    });
    return accept(challenge);
  }

  /** The application of the demand, where it and the policy exist and the name could be a user's. */
  private async applicationOf(
    request: Pick<Demand, 'appId' | 'username' | 'requires'>,
  ): Promise<Decision<Application>> {
    const application = await this.directory.byId(request.appId.toLowerCase());
    if (!application) return refuse('access/application-not-found');
    if (tidyUsername(request.username) === '') return refuse('request/invalid', { field: 'username' });
    const [policy] = await this.policies.named(this.database, application.appId, [request.requires]);
    return policy ? accept(application) : refuse('mfa/policy-unknown', { field: 'requires' });
  }
}
