import type { CrashPoints } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';
import type { Logger } from './logger.ts';
import { publishBatches } from './publish-batches.ts';
import { RelayLease } from './relay-lease.ts';
import { RelayNotifier } from './relay-notifier.ts';
import { TopicBackOff } from './topic-back-off.ts';
import type { Transport } from './transport.ts';
import { Wake } from './wake.ts';

export interface RelayOptions {
  database: Database;
  transport: Transport;
  logger: Logger;
  crashPoints: CrashPoints;
  /** Most shards held by this process; default all that are free. */
  shards?: number;
  /** How often it looks without having been woken, in milliseconds. Default 200. */
  pollMs?: number;
}

const BATCH = 200;

/**
 * Publishes the outbox: in order per key, again and again until the transport takes it, marked after it was taken.
 * Several relays share the work by shards; a row may be published twice and is never skipped.
 */
export class Relay {
  private readonly signal = new Wake();
  private readonly notifier: RelayNotifier;
  private readonly backOff = new TopicBackOff();
  private lease: RelayLease | undefined;
  private running = false;
  private idle = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: RelayOptions) {
    this.notifier = new RelayNotifier(options.database, options.logger);
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.loop = this.run();
  }

  /** Called after a commit that wrote to the outbox: this relay looks at once, those of other processes are told. */
  readonly wake = (): void => {
    this.idle = false;
    this.signal.wake();
    if (!this.lease?.ownsAll) this.notifier.poke();
  };

  /** Waits until what is held here has been published, at most `timeoutMs`. Answers whether it was. */
  async flush(timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    this.idle = false;
    this.signal.wake();
    while (this.running && !this.idle && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.idle;
  }

  /** Ends after the batch under way and gives the shards back. */
  async stop(): Promise<void> {
    this.running = false;
    this.signal.wake();
    await this.loop;
    await this.notifier.stop();
  }

  private async run(): Promise<void> {
    while (this.running) {
      try {
        const lease = (this.lease ??= await this.open());
        await lease.takeFreeShards();
        if (await this.publishPending(lease)) continue;
        await this.signal.sleep(this.options.pollMs ?? 200);
      } catch (error) {
        this.options.logger.warn({ err: error }, 'the relay has lost its connection and takes another');
        await this.dropLease();
        if (this.running) await this.signal.sleep(500);
      }
    }
    await this.dropLease();
  }

  private open(): Promise<RelayLease> {
    return RelayLease.open(this.options.database, {
      ...(this.options.shards === undefined ? {} : { most: this.options.shards }),
      onNotify: () => this.signal.wake(),
      onLost: () => this.signal.wake(),
    });
  }

  private async dropLease(): Promise<void> {
    const lease = this.lease;
    this.lease = undefined;
    await lease?.close().catch(() => {});
  }

  /** One round; answers whether to look again at once. */
  private async publishPending(lease: RelayLease): Promise<boolean> {
    const { transport, crashPoints, logger } = this.options;
    const rows = await lease.pending(BATCH, this.backOff.blocked());
    if (rows.length === 0) this.idle = this.backOff.blocked().length === 0;
    for (const batch of publishBatches(rows)) {
      // whoever holds the locks now may be publishing already
      if (!lease.alive) throw new Error('the locks are lost');
      const published = await this.backOff.publish(transport, batch, logger);
      if (published.length === 0) continue;
      crashPoints.at('publish-before-mark');
      // not awaited: the next read waits behind it on the same connection
      lease.mark(published.map(({ seq }) => seq)).catch((error: unknown) => {
        logger.warn({ err: error }, 'published rows were not marked and will be published again');
      });
    }
    return rows.length > 0;
  }
}
