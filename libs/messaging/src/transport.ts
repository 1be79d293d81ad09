/** A record to publish. Records of one key reach a topic in the order in which they were published. */
export interface OutRecord {
  topic: string;
  key: string | null;
  value: Buffer;
  headers?: Record<string, string>;
}

/** A record that arrived; topic, partition and offset say where it stands. */
export interface InRecord {
  topic: string;
  partition: number;
  /** Decimal digits: offsets exceed what a number holds. */
  offset: string;
  key: Buffer | null;
  /** Null is a tombstone. */
  value: Buffer | null;
  /** The broker's timestamp. */
  timestamp: Date;
}

/** A group's reading of its topics. */
export interface Subscription {
  /** Stops handing records out; resolves when none is being handed out any more. */
  pause(): Promise<void>;
  /** Leaves the group. */
  close(): Promise<void>;
  /** Whether the group has been joined, so that records are being read. */
  assigned(): boolean;
}

/** Reading along: every record from now on, whatever others read. */
export interface Follow {
  /** A name for logs and access rules; several may have the same. */
  reader: string;
  topics: string[];
  /** Gets records of one partition in order, perhaps twice. Where it rejects they do not come again: `onGap` is called. */
  onRecords(records: InRecord[]): Promise<void>;
  /** Records may have been missed. Called before the first record whenever reading starts, and again after each break. */
  onGap(): void;
}

/** What moves records between services. Delivery is at least once; one contract suite runs on every transport. */
export interface Transport {
  /** Resolves when every record is safe (all replicas, or every inbox); on rejection some of them may have arrived. */
  publish(records: OutRecord[]): Promise<void>;
  /**
   * Reads `topics` as a member of `group`, from the earliest record if the group is new. `onRecords` gets records
   * of one partition in order, and gets them again until it resolves. Does not wait for the broker: it may be away.
   */
  subscribe(subscription: {
    group: string;
    topics: string[];
    onRecords(records: InRecord[]): Promise<void>;
  }): Promise<Subscription>;
  /**
   * Reads along without a place that is kept: nothing from before comes, and nobody waits for a follower that is away.
   * `assigned()` is true while nothing can be missed any more. Does not wait for the broker.
   */
  follow(follow: Follow): Promise<Subscription>;
  /** False while publishing fails. */
  healthy(): boolean;
  close(): Promise<void>;
}
