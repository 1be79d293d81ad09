import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Delivering } from './delivering.ts';
import { MessageChannels } from './message-channels.ts';
import { MessageRepository } from './message.repository.ts';
import type { Channel, ClaimedMessage } from './message.types.ts';
import { Settlements } from './settlements.ts';

/** Messages of one channel under way at once: a channel that hangs leaves the others' room alone. */
const AT_ONCE = 32;
/** Longer than every provider of a channel (4) takes together, 12 s each. */
const LEASE_SECONDS = 60;

/** Sends what is planned: claims with a lease, hands over outside of any transaction, writes down the outcome. */
@Injectable()
export class MessageSender implements OnModuleDestroy {
  private readonly underWay = new Map<Promise<void>, Channel>();
  private claiming: Promise<number> | undefined;
  private wanted = false;
  private stopping = false;

  constructor(
    private readonly messages: MessageRepository,
    private readonly channels: MessageChannels,
    private readonly delivering: Delivering,
    private readonly settlements: Settlements,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  /** Has what is due sent soon. Wake-ups while it is at it are one. */
  wake(): void {
    this.wanted = true;
    if (this.claiming) return;
    this.sendDue().catch((error: unknown) => this.logger.warn({ err: error }, 'messages wait for the timer'));
  }

  /** Claims what is due and there is room for, and begins to send it; answers how many. For the timer, too. */
  async sendDue(): Promise<number> {
    if (this.stopping) return 0;
    if (this.claiming) {
      this.wanted = true;
      return 0;
    }
    this.claiming = this.claimAll();
    try {
      return await this.claiming;
    } finally {
      this.claiming = undefined;
      // woken after the last look
      if (this.wanted && !this.stopping) this.wake();
    }
  }

  /** Waits for what is under way; nothing new begins. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await this.claiming?.catch(() => {});
    await Promise.all(this.underWay.keys());
  }

  private async claimAll(): Promise<number> {
    let begun = 0;
    do {
      this.wanted = false;
      const { names, room } = this.room();
      if (room === 0) break;
      const repeatable = this.channels.all().filter((channel) => channel.repeatable);
      const claimed = await this.messages.claim(
        names,
        repeatable.map(({ name }) => name),
        room,
        LEASE_SECONDS,
      );
      for (const message of claimed) this.begin(message);
      begun += claimed.length;
      // a full hand: there may be more
      if (claimed.length === room) this.wanted = true;
    } while (this.wanted && !this.stopping);
    return begun;
  }

  /** Channels with room for more, and how much each of them has. */
  private room(): { names: Channel[]; room: number } {
    const taken = [...this.underWay.values()];
    const free = (name: Channel): number => AT_ONCE - taken.filter((one) => one === name).length;
    const names = [...this.channels.offered].filter((name) => free(name) > 0);
    if (names.length > 0) return { names, room: Math.min(...names.map(free)) };
    // without any channel there is still what has become useless
    return { names, room: this.channels.offered.size === 0 ? AT_ONCE : 0 };
  }

  private begin(message: ClaimedMessage): void {
    const work = this.send(message).finally(() => {
      const wasFull = this.room().room === 0;
      this.underWay.delete(work);
      if (wasFull) this.wake();
    });
    this.underWay.set(work, message.channel);
  }

  private async send(message: ClaimedMessage): Promise<void> {
    try {
      await this.settlements.settle(await this.delivering.deliver(message));
    } catch (error) {
      // the lease lapses, and with it what this means is decided
      this.logger.error({ err: error, messageId: message.id }, 'a message was not sent');
    }
  }
}
