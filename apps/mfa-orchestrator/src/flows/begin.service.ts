import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { tidyUsername, usernameKey, type Application } from '@countersign/contracts';
import { accept, refuse, uuidv7, type Clock, type Decision, type Refusal } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { TicketRepository } from '../challenges/ticket.repository.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { UserRepository } from '../users/user.repository.ts';
import { AccessTokenGateway } from './access-token.gateway.ts';
import { clientNetwork } from './client-network.ts';
import { nextAnswer, readableReasons } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { flowEvent } from './flow.events.ts';
import { FlowRepository, type NewFlow } from './flow.repository.ts';
import type { BeginRequest, MfaNext } from './flow.schemas.ts';
import {
  FLOW_TTL_SECONDS,
  PROVEN_FLOWS_PER_USER,
  UNPROVEN_FLOW_TTL_SECONDS,
  type Flow,
} from './flow.types.ts';

/** Refuses and takes the transaction back: a ticket is not spent on a flow that did not begin. */
class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}

/** The credential that came with a begin, if any: what leads to a challenge's flow. */
export interface BeginCaller {
  application: Application;
  clientAddress: string;
  accessToken: string | undefined;
}

/** Begins flows: of a login or a payload by username, of a challenge by ticket or access token alone. */
@Injectable()
export class BeginService {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly limits: FlowLimits,
    private readonly users: UserRepository,
    private readonly challenges: ChallengeRepository,
    private readonly tickets: TicketRepository,
    private readonly accessTokens: AccessTokenGateway,
    private readonly facts: FlowFacts,
    private readonly sessions: FlowSessions,
    private readonly decisions: DecisionService,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async begin(request: BeginRequest, caller: BeginCaller): Promise<Decision<MfaNext>> {
    const { appId } = caller.application;
    const wantsChallenge = request.beginTicket !== undefined || request.challengeId !== undefined;
    const knownUser =
      request.challengeId !== undefined && request.beginTicket === undefined && caller.accessToken
        ? await this.accessTokens.userOf(appId, caller.accessToken)
        : undefined;
    await this.decisions.prepare(appId);
    try {
      return await this.database.transaction(async (tx) => {
        const fresh = wantsChallenge
          ? await this.ofChallenge(tx, request, caller, knownUser)
          : await this.ofUsername(tx, request, caller);
        return accept(await this.open(tx, fresh));
      });
    } catch (error) {
      if (error instanceof Refused) return { ok: false, refusal: error.refusal };
      throw error;
    }
  }

  private async ofUsername(tx: Tx, request: BeginRequest, caller: BeginCaller): Promise<NewFlow> {
    const { appId, settings } = caller.application;
    const username = request.user?.username;
    if (!username)
      throw refused('request/invalid', { field: 'user.username', detail: 'is needed without a ticket' });
    const unproven = await this.limits.unprovenOpen(tx, appId, clientNetwork(caller.clientAddress));
    if (unproven >= settings.openFlowsPerClientAddress) throw refused('mfa/flow-limit');
    const user = await this.users.resolve(tx, appId, username);
    const context = request.payload ? 'transaction' : 'login';
    const disclose = settings.accountExistence === 'disclose';
    return {
      ...this.base(caller),
      userId: user.id,
      username: tidyUsername(username),
      usernameKey: user.usernameKey,
      // concealed, an unknown user looks like any other (enumeration)
      kind: disclose && user.registeredAt === null ? 'signUp' : 'signIn',
      context,
      challengeId: null,
      policies: [settings.defaultPolicies[context]],
      authenticated: false,
      proven: false,
      payload: request.payload || null,
      subjectDigest: null,
      ttlSeconds: UNPROVEN_FLOW_TTL_SECONDS,
    };
  }

  private async ofChallenge(
    tx: Tx,
    request: BeginRequest,
    caller: BeginCaller,
    knownUser: string | undefined,
  ): Promise<NewFlow> {
    const { appId } = caller.application;
    const ticket =
      request.beginTicket === undefined
        ? knownUser && { challengeId: request.challengeId!, userId: knownUser }
        : await this.tickets.consume(tx, appId, request.beginTicket);
    if (!ticket || (request.challengeId !== undefined && request.challengeId !== ticket.challengeId)) {
      throw refused('mfa/ticket-invalid');
    }
    // user before challenge before flow: one order of locks everywhere
    if (!(await this.users.lock(tx, ticket.userId))) throw refused('mfa/ticket-invalid');
    const challenge = await this.challenges.lockPending(tx, ticket.challengeId);
    const fits = challenge && challenge.appId === appId && challenge.userId === ticket.userId;
    if (!fits || !namesUser(request, challenge)) throw refused('mfa/ticket-invalid');
    if ((await this.limits.provenOpen(tx, challenge.userId)) >= PROVEN_FLOWS_PER_USER)
      throw refused('mfa/flow-limit');
    return {
      ...this.base(caller),
      userId: challenge.userId,
      username: tidyUsername(challenge.username),
      usernameKey: challenge.usernameKey,
      kind: 'signIn',
      context: challenge.context,
      challengeId: challenge.id,
      policies: challenge.requires,
      authenticated: true,
      proven: true,
      payload: challenge.payload,
      subjectDigest: challenge.subjectDigest,
      ttlSeconds: FLOW_TTL_SECONDS,
      notAfter: challenge.expiresAt,
    };
  }

  private base({ application, clientAddress }: BeginCaller) {
    const id = uuidv7(this.clock);
    return {
      id,
      appId: application.appId,
      clientAddress: clientNetwork(clientAddress),
      sessionHash: this.sessions.of(id, 1).hash,
    };
  }

  private async open(tx: Tx, fresh: NewFlow): Promise<MfaNext> {
    const next = await this.facts.next(tx, fresh);
    if (next.kind !== 'next')
      throw refused('access/forbidden', { detail: readableReasons(fresh, next.because).join(', ') });
    const flow: Flow = await this.flows.insert(tx, fresh);
    await this.outbox.append(tx, [flowEvent('mfa.flow.started.v1', flow)]);
    return nextAnswer(flow, this.sessions.of(flow.id, flow.version).token, next);
  }
}

const refused = (...of: Parameters<typeof refuse>): Refused => new Refused(refuse(...of).refusal);

/** A ticket names its user; a request that names another one is refused. */
const namesUser = (request: BeginRequest, challenge: Challenge): boolean =>
  !request.user?.username || usernameKey(request.user.username) === challenge.usernameKey;
