import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { flowEvent } from '../flows/flow.events.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { FactorRepository } from './factor.repository.ts';

/** What else ends with a factor: flows in which it was shown (SES-06). Every removal and replacement comes by here. */
@Injectable()
export class FactorEnds {
  constructor(
    private readonly factors: FactorRepository,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Ends the user's flows in which the factor was shown, in the transaction that removed it and holds the user's row;
   * not the flow `except`, which replaced it.
   */
  async end(tx: Tx, userId: string, factor: { kind: OwnFactor; id: string; except?: string }): Promise<void> {
    const ended = await this.factors.endFlowsShowing(tx, userId, factor);
    await this.outbox.append(
      tx,
      ended.map((flow) => flowEvent('mfa.flow.abandoned.v1', flow)),
    );
  }
}
