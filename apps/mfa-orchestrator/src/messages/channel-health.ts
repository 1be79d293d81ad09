import type { Clock } from '@countersign/kernel';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { MessageChannels } from './message-channels.ts';
import type { Channel, MessageProvider } from './message.types.ts';

/** How long a failure is held against a provider, in milliseconds; after that it is tried in its turn again. */
const HELD_MS = 60_000;

/** Which providers failed lately, as this process saw it: outcomes of what it sent feed it. */
@Injectable()
export class ChannelHealth {
  private readonly failedAt = new Map<MessageProvider, number>();

  constructor(
    private readonly channels: MessageChannels,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Every provider of the channel failed within the last minute, or it has none: offer something else. */
  isDown(channel: Channel): boolean {
    return this.channels.get(channel)?.providers.every((provider) => this.failedLately(provider)) ?? true;
  }

  /** Providers of a channel in the order they are tried: those that failed lately last. */
  inOrder(channel: Channel): MessageProvider[] {
    const providers = [...(this.channels.get(channel)?.providers ?? [])];
    return providers.sort((a, b) => Number(this.failedLately(a)) - Number(this.failedLately(b)));
  }

  failed(provider: MessageProvider): void {
    this.failedAt.set(provider, this.clock.now().getTime());
  }

  worked(provider: MessageProvider): void {
    this.failedAt.delete(provider);
  }

  private failedLately(provider: MessageProvider): boolean {
    const at = this.failedAt.get(provider);
    return at !== undefined && this.clock.now().getTime() - at < HELD_MS;
  }
}
