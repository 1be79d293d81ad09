import type { Database } from '@countersign/persistence';
import type { EventRunner } from './event-runner.ts';
import { type InboxRow, peekHeads } from './inbox-rows.ts';
import type { Logger } from './logger.ts';

export interface WorkerOptions {
  service: string;
  database: Database;
  runner: EventRunner;
  logger: Logger;
  /** Batches handled at the same time. Default 3. */
  lanes?: number;
  /** Rows in a batch, each of another key. Default 16. */
  batch?: number;
  /** How often it looks without having been woken, in milliseconds. Default 200. */
  pollMs?: number;
}

/** How long a key is left alone whose row another process has. */
const FOREIGN_MS = 50;
/** How long everything rests when the database is away. */
const OUTAGE_MS = 500;

/** Takes rows out of the inbox, in order per key, and has them handled in batches of different keys. */
export class Worker {
  /** Keys that a lane of this process has in hand. */
  private readonly busy = new Set<string>();
  private readonly lanes = new Set<Promise<void>>();
  private running = false;
  private looking = false;
  private again = false;
  /** Where the next look starts: goes round, so that no key starves the ones behind it. */
  private after = '';
  private restUntil = 0;
  private poll: NodeJS.Timeout | undefined;

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.poll = setInterval(this.wake, this.options.pollMs ?? 200);
    this.wake();
  }

  /** There may be work: look now, or again after the look under way. */
  readonly wake = (): void => {
    if (!this.running || performance.now() < this.restUntil) return;
    this.again = true;
    if (!this.looking) void this.look();
  };

  /** Takes no more rows and waits for those in hand. */
  async stop(): Promise<void> {
    this.running = false;
    clearInterval(this.poll);
    while (this.looking || this.lanes.size > 0) {
      await Promise.all(this.lanes);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async look(): Promise<void> {
    this.looking = true;
    try {
      while (this.again && this.running && this.lanes.size < this.most) {
        this.again = false;
        const rows = await this.peek();
        if (rows.length === 0) continue;
        for (const part of this.parts(rows)) this.dispatch(part);
        if (rows.length === this.batch) this.again = true;
      }
    } catch (error) {
      this.rest(error);
    } finally {
      this.looking = false;
    }
  }

  private get batch(): number {
    return this.options.batch ?? 16;
  }

  private async peek(): Promise<InboxRow[]> {
    const { database, service } = this.options;
    const from = this.after;
    const ask = (after: string) =>
      peekHeads(database, service, { limit: this.batch, after, busy: [...this.busy] });
    let rows = await ask(from);
    if (rows.length === 0 && from !== '') rows = await ask('');
    this.after = rows.length === this.batch ? rows.at(-1)!.order_key : '';
    return rows;
  }

  /** Rows spread over the lanes that are free: a row waits for all rows of its batch, so batches grow only with the load. */
  private parts(rows: InboxRow[]): InboxRow[][] {
    const free = Math.max(1, this.most - this.lanes.size);
    const size = Math.ceil(rows.length / free);
    return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
      rows.slice(i * size, (i + 1) * size),
    );
  }

  private get most(): number {
    return this.options.lanes ?? 3;
  }

  private dispatch(rows: InboxRow[]): void {
    for (const { order_key } of rows) this.busy.add(order_key);
    const lane = this.handle(rows).finally(() => {
      this.lanes.delete(lane);
      this.wake();
    });
    this.lanes.add(lane);
  }

  private async handle(rows: InboxRow[]): Promise<void> {
    let foreign: string[] = [];
    try {
      foreign = await this.options.runner.run(rows);
    } catch (error) {
      this.rest(error);
    }
    for (const { id, order_key } of rows) {
      if (foreign.includes(id)) setTimeout(() => this.busy.delete(order_key), FOREIGN_MS).unref();
      else this.busy.delete(order_key);
    }
  }

  /** The database is away: nothing is settled, and looking at once would only find the same. */
  private rest(error: unknown): void {
    this.options.logger.warn({ err: error }, 'the worker rests: the database is not available');
    this.restUntil = performance.now() + OUTAGE_MS;
  }
}
