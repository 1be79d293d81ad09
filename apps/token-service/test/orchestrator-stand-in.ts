import { type ChallengeView, type FlowView, type ServiceName, usernameKey } from '@countersign/contracts';
import { randomToken, systemClock } from '@countersign/kernel';
import { ServiceIdentity } from '@countersign/security';
import {
  type Asked,
  type IdentityOf,
  type StandInAnswer,
  StandInServices,
  StandInUsers,
} from '@countersign/testing';

export const identityOf: IdentityOf = (parts) => new ServiceIdentity(parts);

/** The remote neighbour: answers token-service's three internal questions from what a test puts in. */
export class OrchestratorStandIn extends StandInServices {
  url = '';
  readonly flows = new Map<string, FlowView>();
  readonly challenges = new Map<string, ChallengeView>();
  /** What it was asked, as `METHOD path`. */
  readonly asked: string[] = [];
  private readonly users = new StandInUsers();

  constructor() {
    super('token-service', identityOf);
  }

  /** An open flow of `username`, with any member changed. */
  openFlow(username: string, more: Partial<FlowView> = {}): FlowView {
    const appId = more.appId ?? 'bank';
    const flow: FlowView = {
      flowId: randomToken(16),
      appId,
      userId: this.userId(appId, username),
      usernameKey: usernameKey(username),
      context: 'login',
      status: 'open',
      offersExternal: true,
      ...more,
    };
    this.flows.set(flow.flowId, flow);
    return flow;
  }

  /** A user's id, made on first sight, as `users/resolve` answers it. */
  userId(appId: string, username: string): string {
    return this.users.id(appId, username);
  }

  protected override called(): ServiceName {
    return 'mfa-orchestrator';
  }

  protected override route({ method, url, body }: Asked): StandInAnswer {
    this.asked.push(`${method} ${url}`);
    const [, , kind, id = ''] = url.split('/');
    if (kind === 'users') {
      const { appId = '', username = '' } = body as Record<string, string>;
      return {
        status: 200,
        body: { userId: this.userId(appId, username), at: systemClock.now().toISOString() },
      };
    }
    const found = (kind === 'flows' ? this.flows : this.challenges).get(decodeURIComponent(id));
    return found ? { status: 200, body: found } : { status: 404, body: { code: 'mfa/flow-not-found' } };
  }
}

export async function startOrchestratorStandIn(): Promise<OrchestratorStandIn> {
  const orchestrator = new OrchestratorStandIn();
  orchestrator.url = await orchestrator.open();
  return orchestrator;
}
