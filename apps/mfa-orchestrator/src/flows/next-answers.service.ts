import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Action } from '../policies/factors.ts';
import { FactorOptions } from './factor-options.ts';
import type { Situation } from './facts.types.ts';
import { nextAnswer } from './flow-answers.ts';
import { FlowFacts } from './flow-facts.ts';
import { FlowSessions } from './flow-session.ts';
import type { MfaNext, NextItem } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';
import { decideNext, type NextStep } from './next-action.decide.ts';

/** What a page is asked to do next: decided on the facts, with what it needs to do it. Never inside a transaction. */
@Injectable()
export class NextAnswers {
  constructor(
    private readonly database: Database,
    private readonly facts: FlowFacts,
    private readonly options: FactorOptions,
    private readonly sessions: FlowSessions,
  ) {}

  /**
   * The answer that asks for the flow's next step; undefined where it takes none. `known` is what this request has
   * gathered about the flow as it is now; without it, it is gathered here.
   */
  async of(flow: Flow, known?: Situation): Promise<MfaNext | undefined> {
    const situation = known ?? (await this.facts.now(flow));
    const next = decideNext(situation.facts);
    return next.kind === 'next' ? this.asking(flow, next, situation) : undefined;
  }

  /** The answer that asks for `next`. */
  async asking(flow: Flow, next: NextStep, situation: Situation): Promise<MfaNext> {
    const items = await this.items(flow, next.next, situation);
    return nextAnswer(flow, this.sessions.of(flow.id, flow.version).token, next, items);
  }

  /** The actions with their options. */
  items(flow: Flow, actions: Action[], { application, facts }: Situation): Promise<NextItem[]> {
    const { concealed, policies } = facts;
    return this.options.items(this.database, flow, actions, { application, concealed, policies });
  }
}
