import type { Database } from '@countersign/persistence';
import { Counter, Gauge, type Registry } from 'prom-client';

interface Levels {
  outbox: number;
  outbox_age: number;
  inbox: number;
  inbox_age: number;
  dead: number;
}

const LEVELS = `
  SELECT o.n AS outbox, coalesce(extract(epoch FROM clock_timestamp() - o.oldest), 0)::float8 AS outbox_age,
    i.n AS inbox, coalesce(extract(epoch FROM clock_timestamp() - i.oldest), 0)::float8 AS inbox_age, d.n AS dead
  FROM (SELECT count(*)::int AS n, min(created_at) AS oldest FROM outbox WHERE published_at IS NULL) o,
    (SELECT count(*)::int AS n, min(received_at) AS oldest FROM inbox WHERE status = 'pending') i,
    (SELECT count(*)::int AS n FROM inbox WHERE status = 'dead') d`;

/** Counters and levels of one service's messaging. Levels are read from the database when they are scraped. */
export class MessagingMetrics {
  readonly duplicates: Counter;
  readonly handled: Counter<'type' | 'result'>;
  private reading: Promise<Levels | undefined> | undefined;

  constructor(
    registry: Registry,
    private readonly database: Database,
  ) {
    const registers = [registry];
    this.duplicates = new Counter({
      name: 'countersign_inbox_duplicates_total',
      help: 'Events that had arrived before',
      registers,
    });
    this.handled = new Counter({
      name: 'countersign_events_handled_total',
      help: 'Events by type and result (done, retry, dead)',
      labelNames: ['type', 'result'],
      registers,
    });
    this.level(registry, 'outbox_backlog', 'Events not yet published', 'outbox');
    this.level(registry, 'outbox_age_seconds', 'Age of the oldest unpublished event', 'outbox_age');
    this.level(registry, 'inbox_backlog', 'Events not yet handled', 'inbox');
    this.level(registry, 'inbox_age_seconds', 'Age of the oldest unhandled event', 'inbox_age');
    this.level(registry, 'inbox_dead', 'Dead letters', 'dead');
  }

  private level(registry: Registry, name: string, help: string, member: keyof Levels): void {
    const gauge: Gauge = new Gauge({
      name: `countersign_${name}`,
      help,
      registers: [registry],
      collect: async () => {
        const levels = await this.levels();
        // an unreachable database must not take the other metrics away
        if (levels) gauge.set(levels[member]);
      },
    });
  }

  /** One query for all gauges of a scrape. */
  private levels(): Promise<Levels | undefined> {
    return (this.reading ??= this.database
      .query<Levels>(LEVELS)
      .then(
        ([row]) => row,
        () => undefined,
      )
      .finally(() => (this.reading = undefined)));
  }
}
