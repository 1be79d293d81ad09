import type { UserFactors } from '@countersign/contracts';
import { ServiceIdentity } from '@countersign/security';
import {
  type Asked,
  type IdentityOf,
  standInApplication,
  type StandInAnswer,
  StandInNeighbours,
} from '@countersign/testing';

export type { Asked } from '@countersign/testing';

export const identityOf: IdentityOf = (parts) => new ServiceIdentity(parts);

/** token-service and mfa-orchestrator as oidc-broker sees them: also factors of users, flows, and all applications. */
export class Neighbours extends StandInNeighbours {
  /** Factors of users, by their id, and what was asked to be removed. */
  readonly factors = new Map<string, UserFactors['items']>();
  readonly removals: object[] = [];
  /** What a removal is answered with instead. */
  removalStatus: number | undefined;
  /** Completed flows that still stand, and their application. */
  readonly standingFlows = new Map<string, string>();
  /** Answers what it knows of: challenges and flows of the orchestrator ({@link MfaFlows}). */
  flows: ((asked: Asked) => Promise<StandInAnswer | undefined>) | undefined;

  constructor() {
    super('oidc-broker', identityOf);
  }

  protected override async route(asked: Asked): Promise<StandInAnswer> {
    const { url } = asked;
    const answer = (await this.flows?.(asked)) ?? this.factorsOf(asked);
    if (answer) return answer;
    const flowId = /^\/internal\/flows\/([\w-]+)$/.exec(url)?.[1];
    if (flowId !== undefined) return this.flow(flowId);
    if (url.startsWith('/internal/applications?limit='))
      return { status: 200, body: { items: ['demo', 'platform'].map(standInApplication) } };
    return super.route(asked);
  }

  /** The orchestrator's factors of a user: listed and removed. */
  private factorsOf({ url, body }: Asked): StandInAnswer | undefined {
    const [, userId, remove] = /^\/internal\/users\/([\w-]+)\/factors(\/remove)?/.exec(url) ?? [];
    if (userId === undefined) return undefined;
    const items = this.factors.get(userId) ?? [];
    if (!remove) return { status: 200, body: { items } };
    this.removals.push(body);
    if (this.removalStatus !== undefined) return { status: this.removalStatus, body: {} };
    const left = items.filter(({ id }) => id !== body.id);
    this.factors.set(userId, left);
    return left.length < items.length ? { status: 204 } : { status: 404, body: {} };
  }

  /** A completed flow as the orchestrator tells of it, of `demo` unless said otherwise. */
  private flow(flowId: string): StandInAnswer {
    const appId = this.standingFlows.get(flowId);
    if (appId === undefined) return { status: 404, body: {} };
    const about = {
      userId: 'u',
      usernameKey: 'u',
      context: 'login',
      status: 'completed',
      offersExternal: false,
    };
    return { status: 200, body: { flowId, appId, ...about, standing: true } };
  }
}
