import type { Application, FlowView, IssuedTokens } from '@countersign/contracts';
import { accept, type Clock, type Decision, refuse } from '@countersign/kernel';
import { InjectClock, InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { TokenStates } from '../access-tokens/token-states.repository.ts';
import { OrchestratorGateway } from '../external-tokens/orchestrator.gateway.ts';
import { lifeFrom, refreshedClaims } from './claims.decide.ts';
import { type Found, RefreshRepository } from './refresh.repository.ts';
import { RefreshTokens } from './refresh-tokens.ts';
import { TokenSigner } from './token-signer.ts';

/** Refreshes tokens: each refresh token once, and within the life of the login. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly repository: RefreshRepository,
    private readonly refreshTokens: RefreshTokens,
    private readonly orchestrator: OrchestratorGateway,
    private readonly signer: TokenSigner,
    private readonly states: TokenStates,
    @InjectClock() private readonly clock: Clock,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  /**
   * New tokens for `token`, which is used up by it. The one just used yields the same answer for ten seconds more, an
   * older one ends the family. Whether the login still stands is the orchestrator's to say, now (invariant 4, ST-08,
   * OP-14); ServiceUnavailable where it cannot, and the token is not used up. One refusal for every reason.
   */
  async refresh(
    application: Application,
    token: string,
  ): Promise<Decision<IssuedTokens, 'token/refresh-refused'>> {
    const { appId, settings } = application;
    const handle = this.refreshTokens.read(appId, token);
    if (!handle) return refuse('token/refresh-refused');
    const presented = { appId, ...handle, refreshSeconds: settings.refreshTokenTtlSeconds };
    const found = await this.repository.find(presented);
    if (!found) return refuse('token/refresh-refused');
    if (!found.reused && !stands(await this.orchestrator.flow(found.flowId), appId, found))
      return refuse('token/refresh-refused');
    const life = lifeFrom(this.clock.now(), settings.accessTokenTtlSeconds);
    const rotated = await this.repository.rotate(presented, life);
    if (!rotated) return refuse('token/refresh-refused');
    if (rotated.reused) {
      this.states.forget();
      this.logger.warn({ appId, flowId: rotated.flowId }, 'a refresh token was used twice: its family ends');
      return refuse('token/refresh-refused');
    }
    const { generation, latest, claims } = rotated;
    const said = refreshedClaims(claims, generation, latest ?? life);
    return accept({
      ...(await this.signer.sign(appId, said, rotated.signingKey)),
      refreshToken: this.refreshTokens.of(appId, { family: handle.family, generation }, rotated.until),
    });
  }
}

/** Whether the login still lets its user in: the flow is theirs and completed, they are there, and policy says so. */
const stands = (flow: FlowView | undefined, appId: string, { userId }: Found): boolean =>
  flow?.appId === appId &&
  flow.userId === userId &&
  flow.status === 'completed' &&
  // the name of a deleted user is erased from their flows
  (flow.standing ?? flow.usernameKey !== '');
