import { Attempts, type AttemptLimit } from '@countersign/security';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ENROLMENTS, OWN_FACTORS } from '../policies/factors.ts';

/** Wrong guesses of one user's factor, over all their flows: ten an hour (NIST SP 800-63B-4 §3.2.2, OTP-01). */
export const FACTOR_LOCK = { scope: 'factor:', limit: 10, windowSeconds: 3600 } as const;
/** A hundred lock the factor until management unlocks it. */
export const FACTOR_LOCK_HARD = { scope: 'factor-hard:', limit: 100, windowSeconds: 315_360_000 } as const;

/** Whether the user was told of a lock; and guesses at doors that are no flow. Unlocking forgets them too. */
export const TOLD_SCOPE = 'factor-told:';
export const DOOR_SCOPES = { authOtp: 'auth-otp', verifyAddress: 'verify-address' } as const;

const of = (
  lock: typeof FACTOR_LOCK | typeof FACTOR_LOCK_HARD,
  factor: string,
  userId: string,
): AttemptLimit => ({
  scope: `${lock.scope}${factor}`,
  key: userId,
  limit: lock.limit,
  windowSeconds: lock.windowSeconds,
});

/** Counts guesses per user and factor, before they are looked at (invariant 3). A new code never resets them. */
@Injectable()
export class FactorLocks {
  private readonly attempts: Attempts;

  constructor(database: Database) {
    this.attempts = new Attempts(database);
  }

  /** Counts one guess; false if the factor is locked. */
  async begin(factor: string, userId: string): Promise<boolean> {
    const hour = await this.attempts.count(of(FACTOR_LOCK, factor, userId));
    const hard = of(FACTOR_LOCK_HARD, factor, userId);
    // as many statements where it is locked: that must not be told by the time it takes
    const { allowed } = hour.allowed ? await this.attempts.count(hard) : await this.attempts.peek(hard);
    return hour.allowed && allowed;
  }

  /** Takes back a guess that was right. */
  async giveBack(factor: string, userId: string): Promise<void> {
    const counters = [FACTOR_LOCK, FACTOR_LOCK_HARD].map(({ scope }) => ({
      scope: `${scope}${factor}`,
      key: userId,
    }));
    await this.attempts.giveBackAll(counters);
  }

  /** Whether the factor takes guesses now. */
  async isLocked(factor: string, userId: string): Promise<boolean> {
    const hour = await this.attempts.peek(of(FACTOR_LOCK, factor, userId));
    const hard = await this.attempts.peek(of(FACTOR_LOCK_HARD, factor, userId));
    return !hour.allowed || !hard.allowed;
  }

  /** Management unlocks every factor of a user. */
  async clear(userId: string): Promise<void> {
    const scopes = [...OWN_FACTORS, ...ENROLMENTS].flatMap((factor) => [
      `${FACTOR_LOCK.scope}${factor}`,
      `${FACTOR_LOCK_HARD.scope}${factor}`,
      `${TOLD_SCOPE}${factor}`,
    ]);
    const all = [...scopes, ...Object.values(DOOR_SCOPES)];
    await this.attempts.clearAll(all.map((scope) => ({ scope, key: userId })));
  }
}
