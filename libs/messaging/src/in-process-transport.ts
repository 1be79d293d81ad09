import { TOPICS } from '@countersign/contracts';
import { systemClock } from '@countersign/kernel';
import { byTopic } from './by-topic.ts';
import { bucketOf } from './key-hash.ts';
import { tolerant } from './tolerant.ts';
import type { Follow, InRecord, OutRecord, Subscription, Transport } from './transport.ts';

interface Group {
  topics: Set<string>;
  /** Undefined while the group reads nothing; its topics then take no records, which would be lost on it. */
  onRecords: ((records: InRecord[]) => Promise<void>) | undefined;
}

interface Listener {
  topics: Set<string>;
  hear(records: InRecord[]): Promise<void>;
  /** What it has been given and not finished with. */
  inHand: Promise<void>;
}

/** A record is not taken: the relay keeps it and tries again. */
export class NotTaken extends Error {
  override name = 'NotTaken';
}

/**
 * The bus within one process: publishing hands the records to every subscribed inbox and resolves when all have them.
 * Nothing is kept here, outbox and inbox are in Postgres. Who restarts must let every service subscribe before the
 * first record moves: create it `held` and call `release()` then.
 */
export class InProcessTransport implements Transport {
  private readonly groups = new Map<string, Group>();
  private readonly followers = new Set<Listener>();
  private readonly turns = new Map<string, Promise<unknown>>();
  private held: boolean;
  private refused = false;
  // Offsets grow over restarts, as a broker's do: in microseconds from when this was made.
  private offset = BigInt(systemClock.now().getTime()) * 1000n;

  constructor(options: { held?: boolean } = {}) {
    this.held = options.held ?? false;
  }

  /** Every service has subscribed: from now on records are taken. */
  release(): void {
    this.held = false;
  }

  async publish(records: OutRecord[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      [...byTopic(records)].map(([topic, some]) => this.inTurn(topic, () => this.deliver(topic, some))),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    this.refused = failed !== undefined;
    if (failed) throw failed.reason;
  }

  async subscribe(subscription: Parameters<Transport['subscribe']>[0]): Promise<Subscription> {
    const { group, topics, onRecords } = subscription;
    const member: Group = { topics: new Set(topics), onRecords };
    if (this.groups.get(group)?.onRecords) throw new Error(`${group} has subscribed already`);
    this.groups.set(group, member);
    const pause = async () => {
      member.onRecords = undefined;
      await Promise.allSettled(topics.map((topic) => this.turns.get(topic)));
    };
    return { pause, close: pause, assigned: () => member.onRecords !== undefined };
  }

  /** Followers are given what the groups have taken, each at its own pace. */
  async follow(follow: Follow): Promise<Subscription> {
    const hear = tolerant(follow);
    const listener: Listener = { topics: new Set(follow.topics), hear, inHand: Promise.resolve() };
    follow.onGap();
    this.followers.add(listener);
    const end = async () => {
      this.followers.delete(listener);
      await listener.inHand;
    };
    return { pause: end, close: end, assigned: () => this.followers.has(listener) };
  }

  healthy(): boolean {
    return !this.refused;
  }

  /** Waits for what is under way. The bus goes on for the services that remain. */
  async close(): Promise<void> {
    await Promise.allSettled(this.turns.values());
  }

  /** One publication per topic at a time: the order of offsets is the order in which inboxes get them. */
  private inTurn(topic: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(topic) ?? Promise.resolve()).catch(() => {}).then(work);
    this.turns.set(topic, turn);
    return turn;
  }

  private async deliver(topic: string, records: OutRecord[]): Promise<void> {
    if (this.held) throw new NotTaken('the bus is held');
    const readers = [...this.groups].filter(([, { topics }]) => topics.has(topic));
    const away = readers.find(([, { onRecords }]) => onRecords === undefined);
    if (away) throw new NotTaken(`${away[0]} does not read at the moment`);
    const arrived = records.map((record) => this.arrive(record));
    await Promise.all(readers.map(([, { onRecords }]) => onRecords!(arrived)));
    for (const listener of this.followers)
      if (listener.topics.has(topic))
        listener.inHand = listener.inHand.then(() => this.tell(listener, arrived));
  }

  private async tell(listener: Listener, records: InRecord[]): Promise<void> {
    if (this.followers.has(listener)) await listener.hear(records);
  }

  private arrive({ topic, key, value }: OutRecord): InRecord {
    const partitions = TOPICS[topic as keyof typeof TOPICS]?.partitions ?? 1;
    return {
      topic,
      partition: key === null ? 0 : bucketOf(key, partitions),
      offset: String(this.offset++),
      key: key === null ? null : Buffer.from(key),
      value,
      timestamp: systemClock.now(),
    };
  }
}
