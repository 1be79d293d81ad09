/** Where "now" comes from. Injected everywhere, so that tests move time instead of waiting for it. */
export interface Clock {
  /** The current instant. */
  now(): Date;
}

/** The real clock: the only place that asks the machine for the time. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved. */
export class FixedClock implements Clock {
  constructor(private instant: Date = new Date('2026-01-01T00:00:00Z')) {}

  now(): Date {
    return new Date(this.instant);
  }

  /** Moves the clock by `seconds` (negative: back). */
  advance(seconds: number): void {
    this.instant = new Date(this.instant.getTime() + seconds * 1000);
  }

  set(instant: Date): void {
    this.instant = instant;
  }
}

/** `instant` plus `seconds`. */
export const secondsAfter = (instant: Date, seconds: number): Date =>
  new Date(instant.getTime() + seconds * 1000);
