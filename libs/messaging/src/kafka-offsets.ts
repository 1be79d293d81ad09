import type { Consumer, TopicPartitionOffset } from 'kafkajs';
import type { Logger } from './logger.ts';

/** How long a taken record's offset may wait for its commit, in milliseconds. */
const EVERY_MS = 500;

/**
 * Commits offsets of records that are in the inbox, together and beside the fetching: the broker takes 5 to 10 ms for
 * each commit, which one a batch would add to every record. A commit that is lost costs nothing but duplicates, and
 * the inbox knows those; never is an offset committed before its record is in the inbox.
 */
export class OffsetCommits {
  private readonly due = new Map<string, TopicPartitionOffset>();
  private timer: NodeJS.Timeout | undefined;
  private committing: Promise<void> = Promise.resolve();

  constructor(
    private readonly consumer: Pick<Consumer, 'commitOffsets'>,
    private readonly logger: Logger,
  ) {}

  /** The next record to be fetched from a partition is the one at `offset`. */
  add(offset: TopicPartitionOffset): void {
    this.due.set(`${offset.topic} ${offset.partition}`, offset);
    this.timer ??= setTimeout(() => void this.flush(), EVERY_MS);
  }

  /** Commits what is due; resolves when that has ended, well or not. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const offsets = [...this.due.values()];
    this.due.clear();
    if (offsets.length > 0) {
      this.committing = this.committing.then(() =>
        this.consumer.commitOffsets(offsets).catch((error: unknown) => {
          this.logger.warn({ err: error }, 'could not commit offsets; the records may come again');
        }),
      );
    }
    return this.committing;
  }

  /** Partitions change hands: what is due may be another's by now. */
  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.due.clear();
  }
}
