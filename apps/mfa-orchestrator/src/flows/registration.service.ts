import { tidyUsername, type VerifiedToken } from '@countersign/contracts';
import { type Clock, type Decision } from '@countersign/kernel';
import { clientNetwork } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { REGISTRATION_POLICY } from '../policies/built-in-policies.ts';
import { UserRepository } from '../users/user.repository.ts';
import { type BeginCaller, DeviceSight, newFlow } from './begin-facts.ts';
import { isFresh } from './assurance.decide.ts';
import { EnrolledFactors } from './enrolled.repository.ts';
import { FlowLimits } from './flow-limits.repository.ts';
import { FlowSessions } from './flow-session.ts';
import { FlowStart, type StartedFlow } from './flow-start.service.ts';
import type { BeginRequest } from './flow.schemas.ts';
import { FLOW_TTL_SECONDS, UNPROVEN_FLOW_TTL_SECONDS } from './flow.types.ts';
import { registrationProof } from './login-proof.decide.ts';
import { refused } from './refused.ts';

/** Begins flows that register a passkey (contracts §1.9, `reg/init`). */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UserRepository,
    private readonly limits: FlowLimits,
    private readonly enrolled: EnrolledFactors,
    private readonly sight: DeviceSight,
    private readonly sessions: FlowSessions,
    private readonly starts: FlowStart,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * A registration opened by `token` (a grant with `reg:write`, or the user's access token; the caller has checked its
   * scope and its single use), or by nobody: then only where the application is open and the user does not exist.
   */
  async begin(
    request: BeginRequest & { user: { username: string } },
    caller: BeginCaller,
    token: VerifiedToken | undefined,
  ): Promise<Decision<StartedFlow>> {
    const { appId, settings } = caller.application;
    const device = await this.sight.of(request, caller);
    return this.starts.start(caller.application, async (tx) => {
      if (!token) {
        const unproven = await this.limits.unprovenOpen(tx, appId, clientNetwork(caller.clientAddress));
        if (unproven >= settings.openFlowsPerClientAddress) throw refused('mfa/flow-limit');
      }
      const user = await this.users.resolve(tx, appId, request.user.username, {
        vouched: token !== undefined,
      });
      if (token && token.userId !== user.id) throw refused('access/forbidden');
      if (token?.kind === 'access' && !isFresh(token.authTime, this.clock.now()))
        throw refused('access/forbidden', { detail: 'a login of the last quarter of an hour is needed' });
      const has = await this.enrolled.of(tx, user.id, 'login', settings);
      const isNew = has.length === 0 && !(await this.users.exists(tx, user.id));
      if (!token && !(settings.openRegistration && isNew)) throw refused('access/forbidden');
      const flow = newFlow(this.sessions, request, caller, {
        userId: user.id,
        username: tidyUsername(request.user.username),
        usernameKey: user.usernameKey,
        kind: user.registeredAt === null ? 'signUp' : 'signIn',
        context: 'login',
        challengeId: null,
        policies: [REGISTRATION_POLICY.name],
        defaultPolicy: false,
        enrols: ['passkey:reg'],
        deviceId: device?.id ?? null,
        deviceTrusted: await this.sight.isTrusted(tx, device, user.id),
        authenticated: token?.kind === 'access',
        proven: token !== undefined,
        payload: null,
        subjectDigest: null,
        ttlSeconds: token ? FLOW_TTL_SECONDS : UNPROVEN_FLOW_TTL_SECONDS,
      });
      return { flow, proofs: [registrationProof(token ?? null)] };
    });
  }
}
