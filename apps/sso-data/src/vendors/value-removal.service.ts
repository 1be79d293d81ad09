import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { deletedEvents } from '../third-party-data/third-party-data.events.ts';
import { CachedValues } from '../third-party-data/third-party-data.values.ts';
import { UninstallRepository } from './uninstall.repository.ts';

/** Values that one transaction deletes at most: it holds their rows, and writes an event for each of their users. */
export const REMOVED_AT_ONCE = 1_000;

/** Deletes values of a vendor over all users, and tells of it. */
@Injectable()
export class ValueRemoval {
  constructor(
    private readonly database: Database,
    private readonly holdings: UninstallRepository,
    private readonly outbox: Outbox,
    private readonly cached: CachedValues,
  ) {}

  /** All that were last written at `latest` (ISO 8601, microseconds) or before, in as many transactions as it takes; none without it. */
  all(appId: string, vendor: string, latest: string | undefined): Promise<void> {
    return this.noted(appId, async () => {
      let deleted: number;
      do deleted = await this.database.transaction((tx) => this.batch(tx, appId, vendor, latest));
      while (deleted > 0);
    });
  }

  /** Up to {@link REMOVED_AT_ONCE} of them, with an event for each user. Answers how many. */
  async batch(tx: Tx, appId: string, vendor: string, latest: string | undefined): Promise<number> {
    const rows = await this.holdings.deleteValues(tx, appId, vendor, latest, REMOVED_AT_ONCE);
    const byUser = new Map<string, { vendor: string; element: string }[]>();
    for (const { userId, element } of rows) {
      const ofUser = byUser.get(userId);
      if (ofUser) ofUser.push({ vendor, element });
      else byUser.set(userId, [{ vendor, element }]);
    }
    const events = [...byUser].flatMap(([userId, values]) =>
      deletedEvents({ appId, userId }, values, 'uninstall'),
    );
    await this.outbox.append(tx, events);
    return rows.length;
  }

  /** Runs what deletes values; afterwards this instance reads them anew, also where a commit's outcome is unknown. */
  async noted<T>(appId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.cached.dropApplication(appId);
    }
  }
}
