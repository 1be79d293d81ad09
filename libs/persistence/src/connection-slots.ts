import { DatabaseUnavailable } from './database-errors.ts';

/**
 * Lets at most `size` transactions hold a connection at once, first come first served. One connection of the
 * pool stays free for autocommit statements, so that a counter written while transactions are open cannot wait
 * for a connection that only those transactions could give back.
 */
export class ConnectionSlots {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

  /** Takes a slot within `timeoutMs`, else DatabaseUnavailable. Call the answer once to give the slot back. */
  take(timeoutMs: number): Promise<() => void> {
    if (this.taken < this.size) {
      this.taken++;
      return Promise.resolve(() => this.give());
    }
    return new Promise((resolve, reject) => {
      const grant = () => {
        clearTimeout(timer);
        resolve(() => this.give());
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(grant), 1);
        reject(new DatabaseUnavailable('no connection became free in time'));
      }, timeoutMs);
      this.waiting.push(grant);
    });
  }

  private give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken--;
  }
}
