import { type CloudEvent, type EventData, EVENTS, type EventType } from '@countersign/contracts';
import { decideArrival } from './inbox.decide.ts';
import type { Logger } from './logger.ts';
import type { InRecord, Subscription, Transport } from './transport.ts';

/** An event of the catalogue as followers get it. Who may have sent it is theirs to check: see `source`. */
export type FollowedEvent<T extends EventType = EventType> = {
  [Type in T]: Omit<CloudEvent, 'type' | 'appid' | 'data'> & {
    type: Type;
    /** The application, in lower case. */
    appid: string;
    data: EventData<Type>;
  };
}[T];

/** What is read along, and by whom. */
export interface FollowOptions<T extends EventType = EventType> {
  types: readonly T[];
  /** Gets events in order per key, perhaps twice, and only while this process runs. If it throws, `onGap` is called. */
  onEvent(event: FollowedEvent<T>): Promise<void> | void;
  /** Events may have been missed: whoever keeps what they tell of forgets it. Called before the first event too. */
  onGap(): void;
}

/** A reading along. */
export interface Follower {
  /** Whether events come in now, and none can be missed. False before the start and after the end. */
  current(): boolean;
}

/** No more often than this is it said that records were skipped, in milliseconds. */
const SAY_EVERY_MS = 10_000;

/** Reads events along, past the inbox: for what a process keeps in memory. What cannot be read is skipped. */
export class BusFollower<T extends EventType> implements Follower {
  private subscription: Subscription | undefined;
  private skipped = 0;
  private saidAt = -Infinity;

  constructor(
    private readonly deps: { reader: string; transport: Transport; logger: Logger },
    private readonly options: FollowOptions<T>,
  ) {}

  current(): boolean {
    return this.subscription?.assigned() ?? false;
  }

  /** Does not wait for the broker. */
  async start(): Promise<void> {
    this.subscription = await this.deps.transport.follow({
      reader: this.deps.reader,
      topics: [...new Set(this.options.types.map((type) => EVENTS[type].topic))],
      onRecords: (records) => this.receive(records),
      onGap: () => this.gap(),
    });
  }

  async stop(): Promise<void> {
    const subscription = this.subscription;
    this.subscription = undefined;
    await subscription?.close();
  }

  private async receive(records: InRecord[]): Promise<void> {
    for (const record of records) {
      const verdict = decideArrival(record.value, record.topic);
      if (verdict.kind === 'dead') this.skip(record, verdict.reason);
      else if (this.wants(verdict.type)) {
        const { event, appId } = verdict.envelope;
        await this.tell({
          ...event,
          appid: appId,
          type: verdict.type,
          data: verdict.data,
        } as FollowedEvent<T>);
      }
    }
  }

  private wants(type: EventType): type is T {
    return (this.options.types as readonly EventType[]).includes(type);
  }

  private async tell(event: FollowedEvent<T>): Promise<void> {
    try {
      await this.options.onEvent(event);
    } catch (error) {
      this.deps.logger.warn({ err: error, type: event.type }, 'a follower failed and counts it as a gap');
      this.gap();
    }
  }

  private gap(): void {
    try {
      this.options.onGap();
    } catch (error) {
      this.deps.logger.error({ err: error }, 'a follower could not take note of a gap');
    }
  }

  /** Anybody who may write a topic can fill the log no faster than this. */
  private skip({ topic, partition, offset }: InRecord, reason: string): void {
    this.skipped++;
    const now = performance.now();
    if (now - this.saidAt < SAY_EVERY_MS) return;
    const { skipped } = this;
    this.deps.logger.warn({ reason, topic, partition, offset, skipped }, 'a follower skipped records');
    this.saidAt = now;
    this.skipped = 0;
  }
}
