/** How long something read is believed, in milliseconds, counted from before it was read: a revocation elsewhere works within a second. */
const BELIEVED_MS = 500;
/** How much is remembered where nothing else is said. */
const MOST = 1000;

interface Known<T> {
  value: T;
  /** On the monotonic clock. */
  until: number;
}

/**
 * Remembers for a moment what lies in a service's own database and is asked for with every request. Only what is there
 * is remembered, never that something is not. A change made in this process forgets everything at once; one made in
 * another process is seen within half a second. `now` is a monotonic clock in milliseconds.
 */
export class Believed<T> {
  private known = new Map<string, Known<T>>();
  private asking = new Map<string, Promise<T | undefined>>();

  constructor(
    private readonly read: (key: string) => Promise<T | undefined>,
    private readonly options: { now?: () => number; most?: number } = {},
  ) {}

  /** What lies under `key`. Equal questions at the same time are asked once. */
  get(key: string): Promise<T | undefined> {
    const known = this.known.get(key);
    if (known && this.now() < known.until) return Promise.resolve(known.value);
    const running = this.asking.get(key);
    if (running) return running;
    const { asking } = this;
    const question = this.ask(key).finally(() => asking.delete(key));
    asking.set(key, question);
    return question;
  }

  /** Forgets all of it, also what is being read: it may have been read before the change. */
  forget(): void {
    this.known = new Map();
    this.asking = new Map();
  }

  private async ask(key: string): Promise<T | undefined> {
    const { known } = this;
    const until = this.now() + BELIEVED_MS;
    const value = await this.read(key);
    if (value === undefined) known.delete(key);
    else {
      if (known.size >= (this.options.most ?? MOST)) known.delete(known.keys().next().value as string);
      known.set(key, { value, until });
    }
    return value;
  }

  private now(): number {
    return (this.options.now ?? (() => performance.now()))();
  }
}
