import { accept, type Clock, type Decision, refuse, uuidv7 } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, Idempotency, type IdempotentRequest } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { EXPECTED_MS } from './cache-instance.ts';
import { CacheRepository } from './cache.repository.ts';
import type { CachedTable, InvalidationAccepted, InvalidationView } from './cache.schemas.ts';
import { Caches } from './caches.ts';

/** What applications ask of the caches. */
@Injectable()
export class CacheService {
  constructor(
    private readonly rows: CacheRepository,
    private readonly caches: Caches,
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly idempotency: Idempotency,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Has the application's table read anew by every instance: by this one before the answer, by all by way of the bus. */
  async invalidate(
    appId: string,
    table: CachedTable,
    request: IdempotentRequest | undefined,
  ): Promise<Decision<InvalidationAccepted>> {
    const accepted = await this.database.transaction((tx) =>
      this.idempotency.once(tx, request, async () => {
        const id = uuidv7(this.clock);
        await this.rows.request(tx, { id, appId, table });
        await this.outbox.append(tx, [
          {
            ...{ type: 'sso.cache.invalidated.v1', appId, subject: id, key: appId },
            data: { invalidationId: id, table },
          },
        ]);
        return { answer: { invalidationId: id, table } };
      }),
    );
    if (accepted.ok) this.caches.drop(table, appId);
    return accepted;
  }

  async get(appId: string, id: string): Promise<Decision<InvalidationView>> {
    const found = await this.rows.find(appId, id);
    if (!found) return refuse('sso/invalidation-not-found');
    const reports = await this.rows.reports(id, EXPECTED_MS);
    return accept({
      invalidationId: id,
      table: found.table,
      requestedAt: found.requestedAt.toISOString(),
      applied: reports.every(({ appliedAt }) => appliedAt !== null),
      instances: reports.map(({ instance, appliedAt }) => ({
        instance,
        ...(appliedAt && { appliedAt: appliedAt.toISOString() }),
      })),
    });
  }
}
