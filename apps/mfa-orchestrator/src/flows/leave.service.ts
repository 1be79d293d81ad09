import { Injectable } from '@nestjs/common';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { DecisionService } from '../decisions/decision.service.ts';
import { UserRepository } from '../users/user.repository.ts';
import { flowEvent } from './flow.events.ts';
import { FlowRepository, type SessionMatch } from './flow.repository.ts';
import { FlowSessions } from './flow-session.ts';
import type { Flow } from './flow.types.ts';

/** For how long "that was not me" mutes the rules behind a challenge for that user, in seconds. */
const MUTE_SECONDS = 3600;

/** The ways out of a flow without success: leaving it, and denying what was demanded. */
@Injectable()
export class LeaveService {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly challenges: ChallengeRepository,
    private readonly users: UserRepository,
    private readonly ends: ChallengeEnds,
    private readonly decisions: DecisionService,
    private readonly sessions: FlowSessions,
    private readonly outbox: Outbox,
  ) {}

  /** Leaves the flow (seed Q8, `verifyMFA({ exit: true })`): its challenge stays pending and may be begun again. */
  abandon(match: SessionMatch, step: string): Promise<Decision<void>> {
    return this.leave(match, step, () => Promise.resolve([]));
  }

  /**
   * "That was not me": the challenge is denied, further actions of its rules are denied without a prompt for an hour.
   * A login flow has nothing to deny; anybody may begin one, so it only ends.
   */
  deny(match: SessionMatch, step: string): Promise<Decision<void>> {
    return this.leave(match, step, async (tx, flow, challenge) => {
      if (!challenge) return [];
      if (challenge.ruleIds.length > 0)
        await this.users.mute(tx, flow.userId, challenge.ruleIds, MUTE_SECONDS);
      const ending = {
        status: 'denied' as const,
        because: ['denied-by-user'],
        flowId: flow.id,
        suspectedAttack: true,
      };
      return (await this.ends.end(tx, challenge, ending)).events;
    });
  }

  private async leave(
    { flow, current }: SessionMatch,
    step: string,
    onLeaving: (tx: Tx, flow: Flow, challenge: Challenge | undefined) => Promise<NewEvent[]>,
  ): Promise<Decision<void>> {
    // the same step once more, because its answer was lost: done is done
    if (!current) return flow.lastStep === step ? accept(undefined) : refuse('mfa/session-invalid');
    await this.decisions.prepare(flow.appId);
    return this.database.transaction(async (tx) => {
      // user before challenge before flow; and nothing is written before the flow is known to be there still, because
      // a refusal commits
      if (flow.userId !== '' && !(await this.users.lock(tx, flow.userId)))
        return refuse('mfa/session-invalid');
      const challenge =
        flow.challengeId === null ? undefined : await this.challenges.lockPending(tx, flow.challengeId);
      const open = await this.flows.lockOpen(tx, flow.id, flow.version);
      if (!open) return refuse('mfa/session-invalid');
      const events = await onLeaving(tx, flow, challenge);
      const sessionHash = this.sessions.of(flow.id, flow.version + 1).hash;
      await this.flows.advance(tx, flow.id, { status: 'abandoned', sessionHash, step });
      await this.outbox.append(tx, [...events, flowEvent('mfa.flow.abandoned.v1', flow)]);
      return accept(undefined);
    });
  }
}
