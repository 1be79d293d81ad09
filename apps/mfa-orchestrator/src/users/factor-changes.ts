import { Outbox } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { flowEvent } from '../flows/flow.events.ts';
import type { Flow } from '../flows/flow.types.ts';
import type { OwnFactor } from '../policies/factors.ts';
import { FactorRepository } from './factor.repository.ts';
import { factorEvent, type FactorIdentity } from './user.events.ts';

/** A factor that comes or goes. */
type Changed = FactorIdentity & { kind: OwnFactor };

/**
 * What comes with a change of a user's factors, in the transaction that makes it and holds the user's row. Every
 * removal and replacement comes by here: flows in which the factor was shown end with it (SES-06).
 */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly factors: FactorRepository,
    private readonly outbox: Outbox,
  ) {}

  /** A factor is gone. The flow `except` goes on: it brought another one in its place. */
  async removed(tx: Tx, factor: Changed, except?: string): Promise<void> {
    await this.endFlows(tx, factor, except);
    await this.outbox.append(tx, [factorEvent('factor-removed', factor)]);
  }

  /** `flow` confirmed a factor: it is the user's from now on, instead of the one `replaced`, if any. */
  async confirmed(
    tx: Tx,
    { id: flowId, appId, userId }: Flow,
    { kind, id, replaced }: { kind: OwnFactor; id: string; replaced: string | undefined },
  ): Promise<void> {
    const events = [factorEvent('factor-added', { appId, userId, kind, id })];
    if (replaced !== undefined) {
      const gone = { appId, userId, kind, id: replaced };
      await this.endFlows(tx, gone, flowId);
      events.push(factorEvent('factor-removed', gone));
    }
    await this.outbox.append(tx, events);
  }

  private async endFlows(tx: Tx, { userId, kind, id }: Changed, except?: string): Promise<void> {
    const ended = await this.factors.endFlowsShowing(tx, userId, { kind, id, except });
    await this.outbox.append(
      tx,
      ended.map((flow) => flowEvent('mfa.flow.abandoned.v1', flow)),
    );
  }
}
