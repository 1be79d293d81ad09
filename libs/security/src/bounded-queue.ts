/** So many wait already that one more would only wait in vain. */
export class QueueFull extends Error {
  override name = 'QueueFull';
  constructor() {
    super('too many are waiting');
  }
}

export interface BoundedQueueOptions {
  /** How many run at once. */
  running: number;
  /** How many may wait for them. */
  waiting: number;
  /** How many of those may be of one party, so that nobody alone fills it. */
  waitingOfOne: number;
}

interface Waiting {
  from: string;
  go: () => void;
}

/** Work that costs so much that only a few may do it at once, and only some may wait. */
export class BoundedQueue {
  private running = 0;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly options: BoundedQueueOptions) {}

  /** Runs `work` when its turn comes, in order of arrival. Throws QueueFull at once where it would never come soon. */
  async run<T>(from: string, work: () => Promise<T>): Promise<T> {
    await this.turn(from);
    try {
      return await work();
    } finally {
      // the place goes on to who waits: nobody who comes now gets in between
      const next = this.waiting.shift();
      if (next) next.go();
      else this.running--;
    }
  }

  private turn(from: string): Promise<void> | undefined {
    if (this.running < this.options.running) {
      this.running++;
      return undefined;
    }
    const own = this.waiting.filter((other) => other.from === from).length;
    if (this.waiting.length >= this.options.waiting || own >= this.options.waitingOfOne)
      throw new QueueFull();
    return new Promise((go) => this.waiting.push({ from, go }));
  }
}
