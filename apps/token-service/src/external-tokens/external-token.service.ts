import { type Application, type VerifiedKey } from '@countersign/contracts';
import { accept, type Clock, type Decision, randomToken, refuse, uuidv7 } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { sha256 } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ExternalTokenRepository } from './external-token.repository.ts';
import type { GrantRequest, SetTokenRequest } from './external-token.schemas.ts';
import {
  type Binding,
  decideForChallenge,
  decideForFlow,
  decideForLogin,
  type IssueRefusal,
  type Vouching,
} from './issue.decide.ts';
import { OrchestratorGateway } from './orchestrator.gateway.ts';

/** Who vouches: the host's application, by one of its keys. */
export interface Voucher {
  application: Application;
  key: VerifiedKey;
}

/** External MFA tokens: the host says that it verified a user, for a flow, a challenge, or the logins open now. */
@Injectable()
export class ExternalTokenService {
  constructor(
    private readonly repository: ExternalTokenRepository,
    private readonly orchestrator: OrchestratorGateway,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Road "grant": a token of ours, 256 bit, shown once (L4). A user nobody knows gets one that fits nothing. */
  async grant(voucher: Voucher, request: GrantRequest): Promise<Decision<{ token: string }, IssueRefusal>> {
    const decision = await this.grantBinding(vouching(voucher, request), request);
    if (!decision.ok) return decision;
    const token = randomToken(32);
    await this.issue(voucher, await this.named(decision.value, request.username), token);
    return accept({ token });
  }

  /** Road "set": the extension's own token, for one flow (seed Q1, Q3). A later one takes its place. */
  async set(voucher: Voucher, request: SetTokenRequest): Promise<Decision<void, IssueRefusal>> {
    const flow = await this.orchestrator.flow(request.flowId);
    const decision = decideForFlow(vouching(voucher, request), { flow, mustOfferExternal: true });
    if (!decision.ok) return decision;
    const binding = await this.named(decision.value, request.username);
    const kept = await this.issue(voucher, binding, request.token);
    // the same string was redeemed for this flow already: that step is behind it
    return kept ? accept(undefined) : refuse('token/flow-unfit', { field: 'token' });
  }

  private async grantBinding(by: Vouching, request: GrantRequest): Promise<Decision<Binding, IssueRefusal>> {
    const { flowId, challengeId } = request;
    if (flowId !== undefined) {
      const flow = await this.orchestrator.flow(flowId);
      return decideForFlow(by, { flow, challengeId, mustOfferExternal: false });
    }
    if (challengeId !== undefined)
      return decideForChallenge(by, await this.orchestrator.challenge(challengeId));
    return decideForLogin(by, await this.orchestrator.resolveUser(by.appId, by.username));
  }

  /** For a flow that was begun without a name the token is bound to the user the host says it is. */
  private async named(binding: Binding, username: string): Promise<Binding> {
    if (binding.userId !== '') return binding;
    const { userId } = await this.orchestrator.resolveUser(binding.appId, username);
    return { ...binding, userId };
  }

  private async issue({ application, key }: Voucher, binding: Binding, token: string): Promise<boolean> {
    const tokenId = uuidv7(this.clock);
    const { appId, userId, flowId, challengeId } = binding;
    const [event] = this.outbox.prepare([
      {
        type: 'token.external-token.issued.v1',
        appId,
        subject: tokenId,
        key: tokenId,
        data: {
          tokenId,
          userId,
          keyId: key.keyId,
          ...(flowId !== undefined && { flowId }),
          ...(challengeId !== undefined && { challengeId }),
        },
      },
    ]);
    const kept = await this.repository.issue({
      tokenId,
      tokenHash: sha256(token),
      keyId: key.keyId,
      binding,
      ttlSeconds: application.settings.externalTokenTtlSeconds,
      event: event!,
    });
    this.outbox.wake();
    return kept;
  }
}

const vouching = (
  { application, key }: Voucher,
  request: { username: string; amr?: string[] | undefined },
): Vouching => ({
  appId: application.appId,
  username: request.username,
  constraints: key.constraints,
  amr: request.amr ?? [],
});
