import type { Consumer, RequestEvent } from 'kafkajs';

/** What is known of a consumer's reading, from its events. */
export interface Membership {
  /** Whether it reads. */
  assigned(): boolean;
  /** Looks at the events of `consumer` as long as it is `mine`. */
  watch(consumer: Consumer, mine: () => boolean): void;
  /** It reads no longer, until its events say otherwise. */
  lost(): void;
}

/** A member of a group whose place in the topics is kept by the broker: it reads once it has joined. */
export class KeptPlace implements Membership {
  private joined = false;

  assigned(): boolean {
    return this.joined;
  }

  watch(consumer: Consumer, mine: () => boolean): void {
    consumer.on(consumer.events.GROUP_JOIN, () => void (mine() && (this.joined = true)));
  }

  lost(): void {
    this.joined = false;
  }
}

/** Fetches are answered within a second, with nothing if there is nothing. */
const SILENT_MS = 5_000;

/**
 * A follower, whose place is the end of the topics whenever it is asked for (ListOffsets): what was written between
 * the places before and after is missed, which is a gap. Only the answer to a fetch that was sent after proves that
 * the place is held. What kafkajs calls a fetch event comes with failed fetches too, so its requests are looked at.
 */
export class PlaceAtEnd implements Membership {
  private reads = false;
  /** When the place was last sought, by the clock of kafkajs. */
  private soughtAt = 0;
  private heardAt = 0;

  constructor(
    private readonly onGap: () => void,
    /** A monotonic clock, in milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  assigned(): boolean {
    return this.reads && this.now() - this.heardAt < SILENT_MS;
  }

  watch(consumer: Consumer, mine: () => boolean): void {
    const { GROUP_JOIN, REQUEST } = consumer.events;
    consumer.on(GROUP_JOIN, ({ timestamp }) => void (mine() && this.sought(timestamp)));
    consumer.on(REQUEST, ({ timestamp, payload }) => {
      if (!mine()) return;
      if (payload.apiName === 'ListOffsets') this.sought(timestamp);
      if (payload.apiName === 'Fetch') this.fetched(payload);
    });
  }

  lost(): void {
    this.reads = false;
  }

  private sought(at: number): void {
    this.reads = false;
    this.soughtAt = at;
    this.onGap();
  }

  private fetched({ createdAt }: RequestEvent['payload']): void {
    if (createdAt <= this.soughtAt) return;
    const now = this.now();
    // nothing is missed by silence, but much may come at once now: what is known is old until that has come
    if (this.reads && now - this.heardAt >= SILENT_MS) this.onGap();
    this.heardAt = now;
    this.reads = true;
  }
}
