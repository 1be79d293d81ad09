import {
  type ChallengeView,
  challengeView,
  type FlowView,
  flowView,
  type ResolvedUser,
  resolvedUser,
} from '@countersign/contracts';
import { ServiceClient } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** What mfa-orchestrator knows: flows, challenges, users. Every call may throw ServiceUnavailable. */
@Injectable()
export class OrchestratorGateway {
  constructor(private readonly client: ServiceClient) {}

  /** The flow, or undefined if there is none of that id. */
  async flow(flowId: string): Promise<FlowView | undefined> {
    const found = await this.read(`/internal/flows/${encodeURIComponent(flowId)}`);
    return found === undefined ? undefined : flowView.parse(found);
  }

  /** The challenge, or undefined if there is none of that id. */
  async challenge(challengeId: string): Promise<ChallengeView | undefined> {
    const found = await this.read(`/internal/challenges/${encodeURIComponent(challengeId)}`);
    return found === undefined ? undefined : challengeView.parse(found);
  }

  /** The user's id, made on first sight, and the orchestrator's database time. */
  async resolveUser(appId: string, username: string): Promise<ResolvedUser> {
    const { status, body } = await this.client.call('mfa-orchestrator', {
      method: 'POST',
      path: '/internal/users/resolve',
      body: { appId, username },
    });
    if (status !== 200) throw new Error(`mfa-orchestrator answered ${status} to users/resolve`);
    return resolvedUser.parse(body);
  }

  private async read(path: string): Promise<unknown> {
    const { status, body } = await this.client.call('mfa-orchestrator', { method: 'GET', path });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`mfa-orchestrator answered ${status} to ${path.split('/')[2]}`);
    return body;
  }
}
