import type { CrashPoints } from '@countersign/kernel';
import type { Database, Tx } from '@countersign/persistence';
import { announceDeath } from './dead-notice.ts';
import { type Arrival, asConflict, toArrival } from './inbox-arrival.ts';
import { type Inserted, insertArrivals } from './inbox-insert.ts';
import type { Logger } from './logger.ts';
import type { MessagingMetrics } from './metrics.ts';
import type { Outbox } from './outbox.ts';
import type { InRecord } from './transport.ts';

export interface InboxOptions {
  service: string;
  database: Database;
  outbox: Outbox;
  /** Whether a handler of this service wants events of that type. */
  handles: (type: string) => boolean;
  metrics: MessagingMetrics;
  logger: Logger;
  crashPoints: CrashPoints;
  /** Called once new work is committed. */
  onArrival: () => void;
}

const MOST_ROWS = 500;
const MOST_BYTES = 4_000_000;

/**
 * Takes records in before anything is done with them: one statement for a batch, after which the transport may
 * commit its offsets. Poison is dead here already and holds nobody up.
 */
export class Inbox {
  constructor(private readonly options: InboxOptions) {}

  /** Resolves when every record is in the inbox, or was before. Rejects if the database is away: give them again. */
  async receive(records: readonly InRecord[]): Promise<void> {
    for (const part of slices(records.map(toArrival))) await this.take(part);
    this.options.crashPoints.at('inbox-commit-before-offset-commit');
  }

  private async take(arrivals: Arrival[]): Promise<void> {
    const inserted = await this.insert(arrivals);
    if (inserted.length > 0) this.options.onArrival();
    if (inserted.length === arrivals.length) return;
    const known = new Set(inserted.map(place));
    const repeated = arrivals.filter(({ record }) => !known.has(place(record)));
    const conflicts = await this.otherBytes(repeated);
    this.options.metrics.duplicates.inc(repeated.length - conflicts.length);
    if (conflicts.length > 0) await this.insert(conflicts.map(asConflict));
  }

  private insert(arrivals: Arrival[]): Promise<Inserted[]> {
    const { database, service, handles } = this.options;
    if (arrivals.every(({ verdict }) => verdict.kind === 'event')) {
      return insertArrivals(database, service, arrivals, handles);
    }
    return database.transaction(async (tx) => {
      const inserted = await insertArrivals(tx, service, arrivals, handles);
      await this.announceDead(tx, arrivals, inserted);
      return inserted;
    });
  }

  private async announceDead(tx: Tx, arrivals: Arrival[], inserted: Inserted[]): Promise<void> {
    const { outbox, service, logger } = this.options;
    const ids = new Map(inserted.map((row) => [place(row), row.id]));
    for (const { record, verdict, recordKey } of arrivals) {
      const inboxId = ids.get(place(record));
      if (inboxId === undefined || verdict.kind !== 'dead') continue;
      const { topic, partition, offset } = record;
      const { reason, detail, envelope } = verdict;
      await announceDeath(tx, outbox, service, {
        key: recordKey,
        reason,
        ...(detail === undefined ? {} : { detail }),
        topic,
        partition,
        offset,
        inboxId,
        ...(envelope
          ? { type: envelope.event.type, appid: envelope.appId, eventId: envelope.event.id }
          : { unparsed: record.value }),
      });
      tx.onCommit(() => logger.warn({ reason, topic, partition, offset, inboxId }, 'dead letter'));
    }
  }

  /** Those whose identity stands for other bytes: neither new nor a duplicate. */
  private async otherBytes(repeated: Arrival[]): Promise<Arrival[]> {
    const rows = await this.options.database.query<{ identity: string; digest: string }>(
      'SELECT identity, digest FROM inbox WHERE consumer = $1 AND identity = ANY($2::text[])',
      [this.options.service, repeated.map(({ identity }) => identity)],
    );
    const digests = new Map(rows.map((row) => [row.identity, row.digest]));
    return repeated.filter(({ identity, digest }) => (digests.get(identity) ?? digest) !== digest);
  }
}

const place = (at: { topic: string; partition: number; offset: string }): string =>
  `${at.topic}/${at.partition}/${at.offset}`;

function* slices(arrivals: Arrival[]): Generator<Arrival[]> {
  let slice: Arrival[] = [];
  let bytes = 0;
  for (const arrival of arrivals) {
    if (slice.length === MOST_ROWS || (slice.length > 0 && bytes > MOST_BYTES)) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(arrival);
    bytes += arrival.record.value?.length ?? 0;
  }
  if (slice.length > 0) yield slice;
}
