import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { KeptPlace, type Membership, PlaceAtEnd } from './kafka-membership.ts';
import { OffsetCommits } from './kafka-offsets.ts';
import { HEARTBEAT_MS, MEMBER } from './kafka-settings.ts';
import { KafkaWatchdog } from './kafka-watchdog.ts';
import type { Logger } from './logger.ts';
import type { InRecord, Subscription } from './transport.ts';

export interface KafkaConsumerOptions {
  kafka: Kafka;
  group: string;
  topics: string[];
  prefix: string;
  onRecords(records: InRecord[]): Promise<void>;
  logger: Logger;
  /** Told when the consumer has fetched nothing, not even emptiness, for `stalledMs`; it is made anew by itself. */
  onStalled?: ((report: { group: string; silentMs: number }) => void) | undefined;
  stalledMs: number;
  /** Starts at the end of the topics each time and commits nothing; told before each start. */
  follows?: { onGap(): void };
}

/**
 * A member of a consumer group that outlives its broker: whatever ends the kafkajs consumer, another is made.
 * Offsets are committed some time after `onRecords` resolved; while that fails the partition waits, in the group.
 */
export class KafkaConsumer implements Subscription {
  private consumer: Consumer | undefined;
  private offsets: OffsetCommits | undefined;
  private readonly membership: Membership;
  private pausing = false;
  private closed = false;
  private making: Promise<void> = Promise.resolve();
  private readonly inHand = new Set<Promise<void>>();
  private readonly watchdog: KafkaWatchdog;

  constructor(private readonly options: KafkaConsumerOptions) {
    this.membership = options.follows ? new PlaceAtEnd(options.follows.onGap) : new KeptPlace();
    this.watchdog = new KafkaWatchdog(options.stalledMs, (silentMs) => {
      const { group, logger, onStalled } = options;
      logger.error({ group, silentMs }, 'the consumer has stopped fetching and is made anew');
      onStalled?.({ group, silentMs });
      this.remake();
    });
    this.remake();
  }

  assigned(): boolean {
    return this.membership.assigned();
  }

  async pause(): Promise<void> {
    this.pausing = true;
    this.watchdog.stop();
    await this.making;
    this.consumer?.pause(this.topics.map((topic) => ({ topic })));
    await Promise.allSettled(this.inHand);
    await this.offsets?.flush();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.pause();
    await this.end(this.consumer);
    this.membership.lost();
  }

  private get topics(): string[] {
    return this.options.topics.map((topic) => this.options.prefix + topic);
  }

  private remake(): void {
    this.making = this.making.then(async () => {
      await this.end(this.consumer);
      for (let wait = 100; !this.closed && !this.pausing; wait = Math.min(wait * 2, 1_000)) {
        try {
          return await this.make();
        } catch (error) {
          this.options.logger.warn({ err: error, group: this.options.group }, 'could not join the group yet');
          await pause(wait);
        }
      }
    });
  }

  private async make(): Promise<void> {
    const { kafka, group, prefix } = this.options;
    const consumer = kafka.consumer({ groupId: prefix + group, ...MEMBER });
    this.consumer = consumer;
    const offsets = (this.offsets = new OffsetCommits(consumer, this.options.logger));
    this.observe(consumer, offsets);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: this.topics, fromBeginning: !this.options.follows });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 6,
        eachBatch: (batch) => this.track(this.take(batch, offsets)),
      });
    } catch (error) {
      await this.end(consumer);
      throw error;
    }
  }

  private observe(consumer: Consumer, offsets: OffsetCommits): void {
    const { events } = consumer;
    const mine = () => this.consumer === consumer;
    const alive = () => mine() && this.watchdog.alive();
    for (const event of [events.FETCH_START, events.FETCH, events.GROUP_JOIN] as const)
      consumer.on(event, alive);
    this.membership.watch(consumer, mine);
    consumer.on(events.REBALANCING, () => {
      offsets.forget();
      if (mine()) this.membership.lost();
    });
    consumer.on(events.CRASH, ({ payload }) => {
      if (!mine()) return;
      this.membership.lost();
      // kafkajs restarts by itself what it calls retriable
      if (!payload.restart) this.remake();
    });
    this.watchdog.alive();
  }

  /** A disconnect that hangs must not keep the next consumer from being made. */
  private async end(consumer: Consumer | undefined): Promise<void> {
    if (!consumer) return;
    if (this.consumer === consumer) {
      this.consumer = undefined;
      this.offsets?.forget();
      this.membership.lost();
    }
    await Promise.race([consumer.disconnect().catch(() => {}), pause(5_000, undefined, { ref: false })]);
  }

  private track(work: Promise<void>): Promise<void> {
    this.inHand.add(work);
    return work.finally(() => this.inHand.delete(work));
  }

  private async take(payload: EachBatchPayload, offsets: OffsetCommits): Promise<void> {
    const { batch, resolveOffset, isRunning, isStale } = payload;
    const last = batch.messages.at(-1);
    if (!last) return;
    const records = batch.messages.map(({ key, value, offset, timestamp }) => ({
      topic: batch.topic.slice(this.options.prefix.length),
      partition: batch.partition,
      offset,
      key,
      value,
      timestamp: new Date(Number(timestamp)),
    }));
    const going = () => isRunning() && !isStale() && !this.pausing;
    if (!(await this.hand(records, payload.heartbeat, going))) return;
    resolveOffset(last.offset);
    if (this.options.follows) return;
    const { topic, partition } = batch;
    offsets.add({ topic, partition, offset: String(BigInt(batch.lastOffset()) + 1n) });
  }

  /** Hands records over until they are taken, keeping the membership meanwhile. False: no longer ours to take. */
  private async hand(
    records: InRecord[],
    heartbeat: () => Promise<void>,
    going: () => boolean,
  ): Promise<boolean> {
    let expelled: unknown;
    const beat = setInterval(() => {
      this.watchdog.alive();
      heartbeat().catch((error: unknown) => (expelled = error));
    }, HEARTBEAT_MS);
    try {
      for (let wait = 50; going(); wait = Math.min(wait * 2, 1_000)) {
        if (expelled) throw expelled;
        try {
          await this.options.onRecords(records);
          return true;
        } catch (error) {
          this.options.logger.warn(
            { err: error, topic: records[0]?.topic },
            'could not take records in, will try again',
          );
          await pause(wait);
        }
      }
      return false;
    } finally {
      clearInterval(beat);
    }
  }
}
