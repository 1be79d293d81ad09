/**
 * Labelled places at which a process can be made to die, so that tests can try every crash window.
 * Armed by configuration (`CRASH_AT`), in the development profile only; disarmed it costs one comparison.
 */
export class CrashPoints {
  constructor(
    private readonly armed: string | undefined = undefined,
    private readonly die: () => void = () => {},
  ) {}

  /** Ends the process without any clean-up if `label` is the armed one. */
  at(label: string): void {
    if (this.armed === label) this.die();
  }
}
