import { randomToken } from '@countersign/kernel';
import { Timers } from '@countersign/messaging';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CacheRepository } from './cache.repository.ts';
import { Caches } from './caches.ts';

/** How often an instance says that it is there, in milliseconds. */
const BEAT_MS = 3_000;
/**
 * After this long without having said so, an instance stops answering from its caches, in milliseconds: before the
 * others stop waiting for it ({@link EXPECTED_MS}). So what is applied everywhere is, frozen instances included.
 */
const BELIEVED_MS = 10_000;
/** Who was seen within this time is waited for, in milliseconds. */
export const EXPECTED_MS = 15_000;

/** This process among the instances of sso-data. */
@Injectable()
export class CacheInstance implements OnModuleInit, OnModuleDestroy {
  /** New with each start. */
  readonly id = randomToken(12);
  /** Monotonic, in milliseconds; from before the database was told. */
  private toldAt = -Infinity;

  constructor(
    private readonly rows: CacheRepository,
    private readonly caches: Caches,
    private readonly timers: Timers,
  ) {}

  /** Whether invalidations are waited for that this instance has not reported. */
  expected(): boolean {
    return performance.now() - this.toldAt < BELIEVED_MS;
  }

  /** Before the door opens, so that no request finds an instance that nobody knows of. Throws DatabaseUnavailable. */
  async onModuleInit(): Promise<void> {
    await this.beat();
    this.timers.register({ name: 'cache-instance', everyMs: BEAT_MS, run: () => this.beat() });
  }

  /** Nobody has to wait for an instance that has ended; where this fails they do, for a while. */
  async onModuleDestroy(): Promise<void> {
    await this.rows.gone(this.id).catch(() => {});
  }

  private async beat(): Promise<number> {
    const at = performance.now();
    await this.rows.seen(this.id);
    // nobody waited for it meanwhile: what it kept may be older than what counts as applied everywhere
    if (!this.expected()) this.caches.dropAll();
    this.toldAt = at;
    return 0;
  }
}
