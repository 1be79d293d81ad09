import { LRUCache } from 'lru-cache';

/** How much a cache keeps, for how long, and when at all. */
export interface GuardedCacheOptions {
  /** Most entries; those not asked for the longest go first. */
  max: number;
  /** How old an entry may grow, in milliseconds, counted from before it was loaded. */
  ttlMs: number;
  /** Whether drops reach this cache now. While they do not, everything is loaded and nothing kept. */
  usable: () => boolean;
  /** A monotonic clock, in milliseconds. */
  now?: () => number;
}

/**
 * A cache that never brings back what was dropped. A load that crosses a drop is answered to those who asked before
 * it and not kept; who asks after the drop gets a load of their own. Equal questions between two drops are one load.
 *
 * Whoever makes `usable` true again calls {@link dropAll} before: what was missed meanwhile is not known.
 */
export class GuardedCache<V extends NonNullable<unknown>> {
  private readonly kept: LRUCache<string, V>;
  /**
   * Loads that may still be joined and kept, by key. A drop takes them out, and a load that is not in here when it
   * ends is not kept: that is the generation counter, per key.
   */
  private readonly loads = new Map<string, Promise<V | undefined>>();
  private readonly now: () => number;

  constructor(private readonly options: GuardedCacheOptions) {
    this.now = options.now ?? (() => performance.now());
    this.kept = new LRUCache({
      max: options.max,
      ttl: options.ttlMs,
      ttlResolution: 0,
      perf: { now: this.now },
    });
  }

  /** The entry, or what `load` answers. Undefined is answered and not kept. Throws what `load` throws. */
  get(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    // nor is a load joined: the write that makes it stale would not be heard of
    if (!this.options.usable()) return load();
    const known = this.kept.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return this.loads.get(key) ?? this.begin(key, load);
  }

  /** Forgets one entry. */
  drop(key: string): void {
    this.kept.delete(key);
    this.loads.delete(key);
  }

  /** Forgets the entries that `test` is true for. What is being loaded might be one of them, so none of that is kept. */
  dropWhere(test: (key: string, value: V) => boolean): void {
    for (const [key, value] of this.kept.entries()) if (test(key, value)) this.kept.delete(key);
    this.loads.clear();
  }

  /** Keeps nothing of what is being loaded now: something changed, and nobody knows of which entry. */
  dropLoads(): void {
    this.loads.clear();
  }

  /** Forgets everything. */
  dropAll(): void {
    this.kept.clear();
    this.loads.clear();
  }

  private begin(key: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const began = this.now();
    const running = load().then(
      (value) => {
        if (this.end(key, running) && value !== undefined) this.keep(key, value, began);
        return value;
      },
      (error: unknown) => {
        this.end(key, running);
        throw error;
      },
    );
    this.loads.set(key, running);
    return running;
  }

  /** True if nothing was dropped since the load began. */
  private end(key: string, running: Promise<V | undefined>): boolean {
    return this.loads.get(key) === running && this.loads.delete(key);
  }

  private keep(key: string, value: V, began: number): void {
    const left = this.options.ttlMs - (this.now() - began);
    if (left > 0 && this.options.usable()) this.kept.set(key, value, { ttl: left });
  }
}
