import { Outbox, Timers } from '@countersign/messaging';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { CacheInstance } from './cache-instance.ts';
import { CacheRepository } from './cache.repository.ts';
import { Caches } from './caches.ts';

/** Name of the timer that reports; woken when an invalidation is heard. */
export const REPORTS = 'cache-reports';
/** What was not heard is found this late, in milliseconds. */
const EVERY_MS = 3_000;
const PURGE_MS = 600_000;

/** Says of invalidations that this instance has applied them; again and again until it could. */
@Injectable()
export class CacheReports {
  constructor(
    private readonly rows: CacheRepository,
    private readonly caches: Caches,
    private readonly instance: CacheInstance,
    private readonly database: Database,
    private readonly outbox: Outbox,
    timers: Timers,
  ) {
    timers.register({ name: REPORTS, everyMs: EVERY_MS, run: () => this.report() });
    timers.register({ name: 'cache-purge', everyMs: PURGE_MS, run: () => rows.purge() });
  }

  /**
   * Drops what was asked to be dropped, and then says so. Also of what never came by the bus (it was away, or the
   * record was written between two places in the topic). Answers how many.
   */
  private async report(): Promise<number> {
    const asked = await this.rows.unreported(this.instance.id);
    if (asked.length === 0) return 0;
    // also where it was done on hearing: only what is dropped after it was asked is applied
    for (const { table, appId } of asked) this.caches.drop(table, appId);
    const ids = asked.map(({ id }) => id);
    await this.database.transaction(async (tx) => {
      const noted = await this.rows.report(tx, this.instance.id, ids);
      const events = noted.map(({ id, appId }) => ({
        ...{ type: 'sso.cache.applied.v1' as const, appId, subject: id, key: appId },
        data: { invalidationId: id, instance: this.instance.id },
      }));
      await this.outbox.append(tx, events);
    });
    return ids.length;
  }
}
