/** Lets a loop sleep until somebody wakes it. A wake-up while it is awake is kept for the next sleep. */
export class Wake {
  private pending = false;
  private waiter: (() => void) | undefined;

  wake(): void {
    this.pending = true;
    this.waiter?.();
  }

  /** Sleeps at most `ms`; not at all if it was woken since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.waiter = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.waiter = undefined;
    }
    this.pending = false;
  }
}
