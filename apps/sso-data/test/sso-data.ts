import { InProcessTransport, type Transport } from '@countersign/messaging';
import { ServiceIdentity } from '@countersign/security';
import type { RunningService } from '@countersign/service-kit';
import { type IdentityOf, ServiceHarness, StandInNeighbours } from '@countersign/testing';
import { createService, type SsoDataConfig } from '../src/create-service.ts';
import { BusOfAnother } from './bus-of-another.ts';

export type { Answer } from '@countersign/testing';

const identityOf: IdentityOf = (parts) => new ServiceIdentity(parts);

/** sso-data behind its doors, with a database of its own, the in-process bus and stand-ins for its neighbours. */
export class SsoData extends ServiceHarness<SsoDataConfig, RunningService, Transport, StandInNeighbours> {
  private readonly others: RunningService[] = [];

  constructor() {
    super({
      ...{ name: 'sso-data', createService, identityOf },
      ...{ neighbours: new StandInNeighbours('sso-data', identityOf), transport: new InProcessTransport() },
      config: (common) => ({ ...common, privateHandlers: ['127.0.0.0/8', 'localhost'] }),
    });
  }

  /** Another instance on the same database and bus; it ends with the first. */
  async another(bus = new BusOfAnother(this.transport)): Promise<RunningService> {
    const other = await this.start({}, bus);
    this.others.push(other);
    return other;
  }

  override async close(): Promise<void> {
    for (const other of this.others) await other.close();
    await super.close();
  }
}
