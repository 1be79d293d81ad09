import { Injectable } from '@nestjs/common';
import type { Application, ApplicationSettings, IssuedTokens } from '@countersign/contracts';
import { CrashPoints } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { ChallengeEnds } from '../challenges/challenge-end.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { PayloadSignatures } from '../decisions/payload-signature.ts';
import { Devices } from '../devices/devices.ts';
import { UserRepository } from '../users/user.repository.ts';
import { FlowFacts } from './flow-facts.ts';
import { flowEvent } from './flow.events.ts';
import { FlowEnds } from './flow-ends.repository.ts';
import type { Flow } from './flow.types.ts';
import { assurance } from './assurance.decide.ts';
import type { Facts, Situation } from './facts.types.ts';
import { loginTokens } from './login-tokens.decide.ts';
import { decideNext } from './next-action.decide.ts';
import { isRegistration, loginProofs } from './registration-login.decide.ts';
import { counted } from './satisfied.decide.ts';
import { TokenServiceGateway } from './token-service.gateway.ts';

/**
 * Between *completing* and *completed* of a login: tokens are fetched, idempotent on the flow, and the end is said.
 * A crash anywhere in between is taken up again by the timer, or by the client's repeat, whichever comes first.
 */
@Injectable()
export class FlowCompletion {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowEnds,
    private readonly users: UserRepository,
    private readonly facts: FlowFacts,
    private readonly ends: ChallengeEnds,
    private readonly signatures: PayloadSignatures,
    private readonly devices: Devices,
    private readonly tokens: TokenServiceGateway,
    private readonly outbox: Outbox,
    private readonly crashPoints: CrashPoints,
  ) {}

  /**
   * Issues the tokens and ends the flow; undefined if today's policy no longer lets it through (invariant 4), or the
   * user is gone. `known` is what this very request has just let it through on; without it, today's facts are gathered.
   */
  async finish(flow: Flow, known?: Situation): Promise<IssuedTokens | undefined> {
    const { application, facts } = known ?? (await this.facts.now(flow));
    if (decideNext(facts).kind !== 'complete') {
      await this.fail(flow);
      return undefined;
    }
    this.crashPoints.at('completing-before-token-fetch');
    const proofs = isRegistration(facts) ? loginProofs(facts) : counted(facts);
    const issued = await this.tokens.issue(loginTokens(flow, proofs));
    this.crashPoints.at('token-fetch-before-completed');
    const userIsThere = await this.database.transaction((tx) => this.complete(tx, flow, application));
    this.crashPoints.at('completed-before-answer');
    return userIsThere ? issued : undefined;
  }

  /** Ends a flow that is no login, in the step's transaction: its challenge's decision, or the payload signed. */
  async decide(
    tx: Tx,
    flow: Flow,
    facts: Facts,
    because: string[],
    { settings }: Application,
    challenge: Challenge | undefined,
  ): Promise<{ signature: string; events: NewEvent[] }> {
    const shown = assurance(counted(facts));
    await this.users.markRegistered(tx, flow.userId);
    const trusted = await this.trustDevice(tx, flow, settings);
    const events = [flowEvent('mfa.flow.completed.v1', flow), ...trusted];
    if (challenge) {
      const ending = { status: 'completed' as const, because, flowId: flow.id, ...shown };
      const ended = await this.ends.end(tx, challenge, ending);
      return { signature: ended.decision, events: [...events, ...ended.events] };
    }
    const { appId, userId, id: flowId } = flow;
    const signed = { appId, userId, flowId, payload: flow.payload ?? '', ...shown };
    return { signature: await this.signatures.sign(signed), events };
  }

  /** Takes up flows that a crash left completing; answers how many. Run by a timer on every instance. */
  async resume(limit = 20): Promise<number> {
    const stuck = await this.flows.stuckCompleting(limit);
    const results = await Promise.allSettled(stuck.map((flow) => this.finish(flow)));
    const failed = results.find((result) => result.status === 'rejected');
    // one flow that cannot be finished must not hold up the others, nor be tried in a hot loop
    if (failed) throw failed.reason;
    return stuck.length;
  }

  /** False if the user was deleted while the tokens were fetched: they are handed to nobody. */
  private async complete(tx: Tx, flow: Flow, { settings }: Application): Promise<boolean> {
    if (!(await this.users.lock(tx, flow.userId))) return false;
    const completed = await this.flows.endCompleting(tx, flow.id, 'completed');
    if (!completed) return true;
    await this.users.markRegistered(tx, flow.userId);
    const trusted = await this.trustDevice(tx, flow, settings);
    await this.outbox.append(tx, [flowEvent('mfa.flow.completed.v1', completed), ...trusted]);
    return true;
  }

  /** A device is trusted after a completed flow: it shapes what is offered next time, and proves nothing. */
  private async trustDevice(tx: Tx, flow: Flow, settings: ApplicationSettings): Promise<NewEvent[]> {
    if (flow.deviceId === null) return [];
    return this.devices.trust(tx, flow.appId, flow.deviceId, flow.userId, settings.deviceTrustSeconds);
  }

  private async fail(flow: Flow): Promise<void> {
    await this.database.transaction(async (tx) => {
      const failed = await this.flows.endCompleting(tx, flow.id, 'failed');
      if (failed) await this.outbox.append(tx, [flowEvent('mfa.flow.failed.v1', failed)]);
    });
  }
}
