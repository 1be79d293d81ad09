import { tidyUsername, usernameKey, type VerifiedToken } from '@countersign/contracts';
import { accept, type Decision } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { clientNetwork } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { LoginChallengeRepository } from '../challenges/login-challenge.repository.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { TicketRepository } from '../challenges/ticket.repository.ts';
import type { SeenDevice } from '../devices/device.types.ts';
import { UserRepository } from '../users/user.repository.ts';
import { AccessTokenGateway } from './access-token.gateway.ts';
import { type BeginCaller, DeviceSight, newFlow } from './begin-facts.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { type FreshFlow, FlowStart, type StartedFlow } from './flow-start.service.ts';
import type { BeginRequest, MfaNext } from './flow.schemas.ts';
import { FLOW_TTL_SECONDS, PROVEN_FLOWS_PER_USER, UNPROVEN_FLOW_TTL_SECONDS } from './flow.types.ts';
import { earlierLogin } from './login-proof.decide.ts';
import { NextAnswers } from './next-answers.service.ts';
import { refused } from './refused.ts';

/** Begins flows: of a login or a payload by username, of a challenge by ticket or access token alone. */
@Injectable()
export class BeginService {
  constructor(
    private readonly limits: FlowLimits,
    private readonly users: UserRepository,
    private readonly challenges: ChallengeRepository,
    private readonly loginChallenges: LoginChallengeRepository,
    private readonly tickets: TicketRepository,
    private readonly accessTokens: AccessTokenGateway,
    private readonly sight: DeviceSight,
    private readonly sessions: FlowSessions,
    private readonly starts: FlowStart,
    private readonly answers: NextAnswers,
  ) {}

  /** Begins a flow and asks for its first step. */
  async ask(request: BeginRequest, caller: BeginCaller): Promise<Decision<MfaNext>> {
    const began = await this.begin(request, caller);
    if (!began.ok) return began;
    const { flow, next, situation } = began.value;
    return accept(await this.answers.asking(flow, next, situation));
  }

  async begin(request: BeginRequest, caller: BeginCaller): Promise<Decision<StartedFlow>> {
    const { appId } = caller.application;
    const token = caller.accessToken ? await this.accessTokens.verify(appId, caller.accessToken) : undefined;
    const login = token?.kind === 'access' ? token : undefined;
    const device = await this.sight.of(request, caller);
    const wantsChallenge = request.beginTicket !== undefined || request.challengeId !== undefined;
    return this.starts.start(caller.application, (tx) =>
      wantsChallenge
        ? this.ofChallenge(tx, request, caller, login, device)
        : this.ofUsername(tx, request, caller, login, device),
    );
  }

  private async ofUsername(
    tx: Tx,
    request: BeginRequest,
    caller: BeginCaller,
    login: VerifiedToken | undefined,
    device: SeenDevice | undefined,
  ): Promise<FreshFlow> {
    const { appId, settings } = caller.application;
    const unproven = await this.limits.unprovenOpen(tx, appId, clientNetwork(caller.clientAddress));
    if (unproven >= settings.openFlowsPerClientAddress) throw refused('mfa/flow-limit');
    const named = request.user?.username;
    const user = named
      ? await this.users.resolve(tx, appId, named, { vouched: false })
      : await this.sight.walletUser(tx, device);
    const own = user && login?.userId === user.id ? login : undefined;
    if (own && (await this.limits.provenOpen(tx, own.userId)) >= PROVEN_FLOWS_PER_USER)
      throw refused('mfa/flow-limit');
    const context = request.payload ? 'transaction' : 'login';
    const disclose = settings.accountExistence === 'disclose';
    const flow = newFlow(this.sessions, request, caller, {
      userId: user?.id ?? '',
      username: named ? tidyUsername(named) : (user?.username ?? ''),
      usernameKey: user?.usernameKey ?? '',
      // concealed, an unknown user looks like any other (enumeration)
      kind: disclose && user?.registeredAt === null ? 'signUp' : 'signIn',
      context,
      challengeId: null,
      policies: [settings.defaultPolicies[context]],
      defaultPolicy: true,
      enrols: request.enrol ?? [],
      deviceId: device?.id ?? null,
      deviceTrusted: user !== undefined && (await this.sight.isTrusted(tx, device, user.id)),
      authenticated: own !== undefined,
      proven: own !== undefined,
      payload: request.payload || null,
      subjectDigest: null,
      // a page that offers passkeys in its form (conditional UI) waits for its reader
      ttlSeconds: own || !user ? FLOW_TTL_SECONDS : UNPROVEN_FLOW_TTL_SECONDS,
    });
    return { flow, proofs: own ? [earlierLogin(own)] : [] };
  }

  private async ofChallenge(
    tx: Tx,
    request: BeginRequest,
    caller: BeginCaller,
    login: VerifiedToken | undefined,
    device: SeenDevice | undefined,
  ): Promise<FreshFlow> {
    const { appId } = caller.application;
    const ticket =
      request.beginTicket === undefined
        ? login && { challengeId: request.challengeId!, userId: login.userId }
        : await this.tickets.consume(tx, appId, request.beginTicket);
    if (!ticket || (request.challengeId !== undefined && request.challengeId !== ticket.challengeId)) {
      throw refused('mfa/ticket-invalid');
    }
    // user before challenge before flow: one order of locks everywhere
    if (!(await this.users.lock(tx, ticket.userId))) throw refused('mfa/ticket-invalid');
    const challenge = await this.challenges.lockPending(tx, ticket.challengeId);
    const fits = challenge && challenge.appId === appId && challenge.userId === ticket.userId;
    if (!fits || !namesUser(request, challenge)) throw refused('mfa/ticket-invalid');
    // what was shown before stands in flows that oidc-broker begins, and in no others
    const ofLogin = challenge.context === 'login';
    if (ofLogin && request.beginTicket === undefined) throw refused('mfa/ticket-invalid');
    const given = ofLogin ? await this.loginChallenges.takeOver(tx, challenge) : [];
    const isFull = (await this.limits.provenOpen(tx, challenge.userId)) >= PROVEN_FLOWS_PER_USER;
    if (isFull && !(ofLogin && (await this.loginChallenges.makeRoom(tx, challenge.userId))))
      throw refused('mfa/flow-limit');
    const own = login?.userId === challenge.userId ? login : undefined;
    const flow = newFlow(this.sessions, request, caller, {
      userId: challenge.userId,
      username: tidyUsername(challenge.username),
      usernameKey: challenge.usernameKey,
      kind: 'signIn',
      context: challenge.context,
      challengeId: challenge.id,
      policies: challenge.requires,
      defaultPolicy: false,
      enrols: [],
      deviceId: device?.id ?? null,
      deviceTrusted: await this.sight.isTrusted(tx, device, challenge.userId),
      authenticated: true,
      proven: true,
      payload: challenge.payload,
      subjectDigest: challenge.subjectDigest,
      ttlSeconds: FLOW_TTL_SECONDS,
      notAfter: challenge.expiresAt,
    });
    return { flow, proofs: [...given, ...(own ? [earlierLogin(own)] : [])] };
  }
}

/** A ticket names its user; a request that names another one is refused. */
const namesUser = (request: BeginRequest, challenge: Challenge): boolean =>
  !request.user?.username || usernameKey(request.user.username) === challenge.usernameKey;
