import { accept, refuse, secondsAfter, type Clock, type Decision } from '@countersign/kernel';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { PolicyRepository } from './policy.repository.ts';
import type { Policy } from './policy.schemas.ts';
import { type Change, replayOne } from './replay.decide.ts';
import { ReplayRepository } from './replay.repository.ts';
import { MOST_LISTED, type ReplayRequest, type ReplayView } from './replay.schemas.ts';

const WEEK_SECONDS = 604_800;

/** Decides past flows under another version of their policy: who would newly be challenged, eased or locked out. */
@Injectable()
export class ReplayService {
  constructor(
    private readonly policies: PolicyRepository,
    private readonly flows: ReplayRepository,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Changes nothing. A flow that had shown nothing is not looked at: nothing was decided on it. */
  async replay(appId: string, request: ReplayRequest): Promise<Decision<ReplayView>> {
    const candidate = await this.candidate(appId, request);
    if (!candidate) return refuse('mfa/policy-not-found');
    const since = request.since ? new Date(request.since) : secondsAfter(this.clock.now(), -WEEK_SECONDS);
    const past = await this.flows.past(appId, request.policy, since, request.limit);
    const replayed = past.map((flow) => ({ flow, ...replayOne(flow, candidate) }));
    const of = (change: Change) => replayed.filter((one) => one.change === change);
    const users = (change: Change) => new Set(of(change).map(({ flow }) => flow.username)).size;
    return accept({
      policy: request.policy,
      flows: past.length,
      unchanged: of('unchanged').length,
      challenged: of('challenged').length,
      eased: of('eased').length,
      lockedOut: of('locked-out').length,
      users: { challenged: users('challenged'), eased: users('eased'), lockedOut: users('locked-out') },
      changes: replayed
        .flatMap(({ flow, change, next, because }) =>
          change === 'unchanged'
            ? []
            : [
                {
                  flowId: flow.flowId,
                  username: flow.username,
                  startedAt: flow.startedAt.toISOString(),
                  change,
                  next,
                  because,
                },
              ],
        )
        .slice(0, MOST_LISTED),
    });
  }

  private async candidate(
    appId: string,
    { policy: name, definition, version }: ReplayRequest,
  ): Promise<Policy | undefined> {
    if (definition) return { ...definition, name, version: 0, builtIn: false };
    return this.policies.version(appId, name, version ?? 0);
  }
}
