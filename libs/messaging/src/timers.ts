import type { Logger } from './logger.ts';
import { Wake } from './wake.ts';

/** Something that is due again and again. */
export interface Timer {
  name: string;
  /** Pause between rounds that found nothing, in milliseconds. */
  everyMs: number;
  /** One round; answers how many things it did, and is called again at once if that is more than none. It must be safe
   * in several processes at once: SKIP LOCKED, or an advisory lock it tries. */
  run: () => Promise<number>;
}

/** Runs timers, each in a loop of its own. What a round throws is logged, and the next one comes in its time. */
export class Timers {
  private readonly timers = new Map<string, { timer: Timer; wake: Wake; loop?: Promise<void> }>();
  private running = false;

  constructor(private readonly logger: Logger) {}

  /** Adds a timer, also to timers that run already. Names are unique. */
  register(timer: Timer): void {
    if (this.timers.has(timer.name)) throw new Error(`a timer named ${timer.name} exists`);
    const entry: { timer: Timer; wake: Wake; loop?: Promise<void> } = { timer, wake: new Wake() };
    this.timers.set(timer.name, entry);
    if (this.running) entry.loop = this.loop(timer, entry.wake);
  }

  /** Has the timer run now, or once more if it is running. */
  wake(name: string): void {
    this.timers.get(name)?.wake.wake();
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    for (const entry of this.timers.values()) entry.loop = this.loop(entry.timer, entry.wake);
  }

  /** Starts no more rounds and waits for those under way. */
  async stop(): Promise<void> {
    this.running = false;
    for (const { wake } of this.timers.values()) wake.wake();
    await Promise.all([...this.timers.values()].map(({ loop }) => loop));
  }

  private async loop({ name, everyMs, run }: Timer, wake: Wake): Promise<void> {
    while (this.running) {
      try {
        if ((await run()) > 0) continue;
      } catch (error) {
        this.logger.warn({ err: error, timer: name }, 'a timer failed and runs again later');
      }
      if (this.running) await wake.sleep(everyMs);
    }
  }
}
