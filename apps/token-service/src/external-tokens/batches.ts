import { DatabaseUnavailable } from '@countersign/persistence';

/** Most items of one statement. */
const MOST = 32;

interface Waiting<Item, Result> {
  item: Item;
  key: string;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets what is asked for at the same time share one statement, and so one commit. Nobody waits for company: a single
 * item goes at once, items gather only while a statement is under way (one at a time: two would share less). Two items of one key never share a
 * statement, so that each meets the row as the other left it.
 */
export class Batches<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private busy = false;

  constructor(
    private readonly keyOf: (item: Item) => string,
    /** Runs one statement; answers a result for each item, in their order. */
    private readonly run: (items: Item[]) => Promise<Result[]>,
  ) {}

  /** The result of this item. Rejects with what its statement threw. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, key: this.keyOf(item), resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.busy || this.waiting.length === 0) return;
    this.busy = true;
    void this.settle(this.take()).finally(() => {
      this.busy = false;
      this.next();
    });
  }

  private take(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    const later: Waiting<Item, Result>[] = [];
    const keys = new Set<string>();
    for (const one of this.waiting) {
      const fits = batch.length < MOST && !keys.has(one.key);
      (fits ? batch : later).push(one);
      if (fits) keys.add(one.key);
    }
    this.waiting = later;
    return batch;
  }

  private async settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, place) => resolve(results[place]!));
    } catch (error) {
      // a statement that was refused has changed nothing: whose fault it was shows when each goes alone
      if (batch.length > 1 && !(error instanceof DatabaseUnavailable)) {
        for (const one of batch) await this.settle([one]);
      } else batch.forEach(({ reject }) => reject(error));
    }
  }
}
