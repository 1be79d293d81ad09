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
  /** How many of those may be of one party. */
  waitingOfOne: number;
}

interface Waiting {
  go: () => void;
  refuse: (error: QueueFull) => void;
}

/**
 * Work that costs so much that only a few may do it at once, and only some may wait. Parties are served in turn, so that
 * whoever floods it waits for himself: a newcomer waits for what runs and for one of each other party (API-09).
 */
export class BoundedQueue {
  private running = 0;
  private waiting = 0;
  /** What waits, by parties: the first one has the next turn. */
  private readonly parties = new Map<string, Waiting[]>();

  constructor(private readonly options: BoundedQueueOptions) {}

  /**
   * Runs `work` when its turn comes; of one party, in order of arrival. Throws QueueFull: at once where there is no room,
   * or later, when it was the last of whoever has most waiting and gave way to somebody who has less.
   */
  async run<T>(from: string, work: () => Promise<T>): Promise<T> {
    await this.turn(from);
    try {
      return await work();
    } finally {
      // the place goes on to who waits: nobody who comes now gets in between
      const next = this.next();
      if (next) next.go();
      else this.running--;
    }
  }

  private turn(from: string): Promise<void> | undefined {
    if (this.running < this.options.running) {
      this.running++;
      return undefined;
    }
    const own = this.parties.get(from) ?? [];
    if (own.length >= this.options.waitingOfOne) throw new QueueFull();
    if (this.waiting >= this.options.waiting && !this.makeRoom(own.length)) throw new QueueFull();
    this.waiting++;
    return new Promise((go, refuse) => {
      own.push({ go, refuse });
      this.parties.set(from, own);
    });
  }

  /** Takes out whose turn it is; the others of that party wait for the other parties. */
  private next(): Waiting | undefined {
    const [first] = this.parties;
    if (!first) return undefined;
    const [from, own] = first;
    const next = own.shift();
    this.parties.delete(from);
    if (own.length > 0) this.parties.set(from, own);
    this.waiting--;
    return next;
  }

  /** Refuses the last of the party that has most waiting, if the newcomer's has fewer than it even then. */
  private makeRoom(own: number): boolean {
    let longest: Waiting[] = [];
    for (const party of this.parties.values()) if (party.length > longest.length) longest = party;
    if (longest.length <= own + 1) return false;
    this.waiting--;
    longest.pop()?.refuse(new QueueFull());
    return true;
  }
}
