import { Timers } from '@countersign/messaging';
import { Attempts } from '@countersign/security';
import { Injectable } from '@nestjs/common';

/** Forgets counters whose window has ended, of every feature of this service. */
@Injectable()
export class AttemptsSweep {
  constructor(timers: Timers, attempts: Attempts) {
    timers.register({ name: 'forget-attempts', everyMs: 10 * 60_000, run: () => attempts.forgetOld() });
  }
}
