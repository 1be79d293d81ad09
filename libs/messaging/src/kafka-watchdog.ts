/** Barks when it has not been told "alive" for `silentMs`, and again after each further such time. */
export class KafkaWatchdog {
  private last = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(silentMs: number, bark: (silentMs: number) => void) {
    this.timer = setInterval(() => {
      const silence = performance.now() - this.last;
      if (silence < silentMs) return;
      this.alive();
      bark(Math.round(silence));
    }, silentMs / 4).unref();
  }

  alive(): void {
    this.last = performance.now();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
