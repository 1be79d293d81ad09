import { Injectable } from '@nestjs/common';
import type { FlowView } from '@countersign/contracts';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { demandInfo, MfaInfoReader } from '../challenges/challenge-view.ts';
import type { Challenge } from '../challenges/challenge.types.ts';
import { ChallengeRepository } from '../challenges/challenge.repository.ts';
import { ENROLMENTS, nextActionOf } from '../policies/factors.ts';
import { FactorLocks } from './factor-locks.ts';
import { readableReasons } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import { flowEvent } from './flow.events.ts';
import { FlowEnds } from './flow-ends.repository.ts';
import { FlowRepository, type SessionMatch } from './flow.repository.ts';
import type { CurrentFlow } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';
import { decideNext } from './next-action.decide.ts';
import { NextAnswers } from './next-answers.service.ts';
import { ProofRepository } from './proof.repository.ts';

/** Finds, shows and expires flows. */
@Injectable()
export class FlowService {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly ends: FlowEnds,
    private readonly challenges: ChallengeRepository,
    private readonly facts: FlowFacts,
    private readonly proofs: ProofRepository,
    private readonly answers: NextAnswers,
    private readonly mfaInfo: MfaInfoReader,
    private readonly locks: FactorLocks,
    private readonly outbox: Outbox,
  ) {}

  /** The flow as its holder sees it. Only the current session may look. */
  async show({ flow, current }: SessionMatch): Promise<Decision<CurrentFlow>> {
    if (!current) return refuse('mfa/session-invalid');
    const situation = await this.facts.now(flow);
    const next = decideNext(situation.facts);
    const offered = next.kind === 'next' ? next.next : [];
    const challenge =
      flow.challengeId === null ? undefined : await this.challenges.find(flow.appId, flow.challengeId);
    const demand = { ...demandOf(challenge), context: flow.context };
    return accept({
      flowId: flow.id,
      isAuthenticated: flow.authenticated,
      // what others know of the user is for a flow that has shown something (enumeration)
      mfaInfo: flow.proven
        ? await this.mfaInfo.read({ ...flow, ...demand }, flow.policies)
        : demandInfo(demand),
      status: flow.status,
      next: await this.answers.items(flow, offered, situation),
      nextAction: nextActionOf(offered),
      because: readableReasons(flow, next.because),
      expiresAt: flow.expiresAt.toISOString(),
    });
  }

  /** What token-service needs to know of a flow; undefined if there is none of that id. */
  async view(id: string): Promise<FlowView | undefined> {
    const found = await this.flows.find(id);
    if (!found) return undefined;
    const { flow, open } = found;
    const next = open ? await this.facts.next(flow) : undefined;
    return {
      flowId: flow.id,
      appId: flow.appId,
      userId: flow.userId,
      usernameKey: flow.usernameKey,
      context: flow.context,
      status: open || flow.status !== 'open' ? flow.status : 'expired',
      offersExternal: next?.kind === 'next' && next.next.includes('external'),
      challengeId: flow.challengeId ?? undefined,
      subjectDigest: flow.subjectDigest ?? undefined,
      standing: flow.status === 'completed' && flow.context === 'login' ? await this.stands(flow) : undefined,
    };
  }

  /**
   * Whether a completed login would still let its user in: they are there, and today's policy is satisfied by proofs
   * whose authenticators they still have (invariant 4; what is removed lets nobody in any more, SES-06), none of them
   * locked at the moment (OTP-09).
   */
  private async stands(flow: Flow): Promise<boolean> {
    const { facts } = await this.facts.now(flow);
    const shown = facts.proofs.filter(({ factor }) => !ENROLMENTS.some((enrolment) => enrolment === factor));
    const references = shown.map(({ reference }) => reference);
    const isWhole = await this.proofs.areThere(this.database, flow.userId, references);
    if (flow.usernameKey === '' || !isWhole) return false;
    if (decideNext({ ...facts, enrols: [] }).kind !== 'complete') return false;
    const locked = shown.map(({ factor }) => this.locks.isLocked(factor, flow.userId));
    return !(await Promise.all(locked)).includes(true);
  }

  /** Expires what is due; answers how many. Run by a timer on every instance. */
  async expireDue(limit = 100): Promise<number> {
    return this.database.transaction(async (tx) => {
      const due: Flow[] = await this.ends.expireDue(tx, limit);
      await this.outbox.append(
        tx,
        due.map((flow) => flowEvent('mfa.flow.expired.v1', flow)),
      );
      return due.length;
    });
  }
}

const demandOf = (challenge: Challenge | undefined) =>
  challenge
    ? {
        transactionIds: challenge.transactionIds,
        auditActionId: challenge.auditActionId,
        auditActionName: challenge.auditActionName,
      }
    : {};
