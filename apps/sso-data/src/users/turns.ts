/**
 * One at a time for each key, in this process. Whoever waits for a lock in Postgres holds a connection meanwhile, and a
 * hundred writes for one name would leave none for anybody else: they wait here instead, and hold nothing.
 */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Runs `work` after what was asked for that key before has ended, however it ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(key);
    const turn = before ? before.then(work, work) : work();
    this.last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.last.get(key) === turn) this.last.delete(key);
    }
  }
}
