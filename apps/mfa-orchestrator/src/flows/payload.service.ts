import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { FlowFacts } from './flow-facts.ts';
import { FlowSessions } from './flow-session.ts';
import { FlowRepository, type SessionMatch } from './flow.repository.ts';
import type { MfaNext } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';
import { NextAnswers } from './next-answers.service.ts';
import { orRefusal, refused } from './refused.ts';

/** Puts another text into a flow that approves one (contracts §1.5, `mfa/payload`). */
@Injectable()
export class PayloadService {
  constructor(
    private readonly database: Database,
    private readonly flows: FlowRepository,
    private readonly facts: FlowFacts,
    private readonly answers: NextAnswers,
    private readonly sessions: FlowSessions,
  ) {}

  /**
   * The flow approves `payload` from now on. What was shown for another text counts no more: an approval covers one
   * subject. A challenge's subject is its owner's, so its flow takes no other (403); nor does a login that has shown
   * something, for it would end without the tokens it was begun for.
   */
  async replace(match: SessionMatch, step: string, payload: string): Promise<Decision<MfaNext>> {
    const { flow } = match;
    if (!match.current) return flow.lastStep === step ? this.answer(flow) : refuse('mfa/session-invalid');
    if (flow.challengeId !== null || (flow.context === 'login' && (flow.proven || flow.enrols.length > 0)))
      return refuse('access/forbidden');
    const { settings } = await this.facts.applicationOf(flow);
    const moved = await orRefusal(() =>
      this.database.transaction(async (tx) => {
        const open = await this.flows.lockOpen(tx, flow.id, flow.version);
        if (!open) throw refused('mfa/session-invalid');
        const sessionHash = this.sessions.of(flow.id, flow.version + 1).hash;
        return this.flows.replacePayload(tx, flow.id, {
          payload,
          policies: open.context === 'login' ? [settings.defaultPolicies.transaction] : open.policies,
          sessionHash,
          step,
        });
      }),
    );
    return moved.ok ? this.answer(moved.value) : moved;
  }

  private async answer(flow: Flow): Promise<Decision<MfaNext>> {
    const next = flow.status === 'open' ? await this.answers.of(flow) : undefined;
    return next ? accept(next) : refuse('access/forbidden');
  }
}
