import { setTimeout as pause } from 'node:timers/promises';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { MessageRepository } from './message.repository.ts';
import type { Settlement } from './message.types.ts';

/** How often an outcome is written again while the database is away, and the pause in between, in milliseconds. */
const TRIES = 40;
const PAUSE_MS = 500;

/** Writes down how claims ended: while one write is under way the next ones gather, so that many share a commit. */
@Injectable()
export class Settlements {
  private waiting: { settlement: Settlement; done: () => void }[] = [];
  private writing = false;

  constructor(
    private readonly messages: MessageRepository,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  /** Resolves once it is written, or given up: then the lease lapses, and whoever finds it decides what that means. */
  settle(settlement: Settlement): Promise<void> {
    return new Promise((done) => {
      this.waiting.push({ settlement, done });
      if (!this.writing) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      await this.writeBatch(batch.map(({ settlement }) => settlement));
      for (const { done } of batch) done();
    }
    this.writing = false;
  }

  private async writeBatch(batch: Settlement[]): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        return await this.messages.settle(batch);
      } catch (error) {
        if (attempt === 1 || attempt === TRIES)
          this.logger.warn({ err: error, messages: batch.length }, 'outcomes of messages are not written');
        await pause(PAUSE_MS);
      }
    }
  }
}
