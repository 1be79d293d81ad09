import { InjectConfig } from '@countersign/service-kit';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { OrchestratorConfig } from '../config.ts';
import { emailChannel } from './email.channel.ts';
import type { Channel, MessageChannel } from './message.types.ts';
import { smsChannel } from './sms.channel.ts';

/** The channels that have providers. What has none is not offered to anybody. */
@Injectable()
export class MessageChannels implements OnApplicationShutdown {
  private readonly byName: ReadonlyMap<Channel, MessageChannel>;
  /** Names of the channels there are. */
  readonly offered: ReadonlySet<Channel>;

  constructor(@InjectConfig() config: Pick<OrchestratorConfig, 'email' | 'sms'>) {
    const all = [config.email && emailChannel(config.email), config.sms && smsChannel(config.sms)];
    this.byName = new Map(
      all.filter((channel) => channel !== undefined).map((channel) => [channel.name, channel]),
    );
    this.offered = new Set(this.byName.keys());
  }

  get(channel: Channel): MessageChannel | undefined {
    return this.byName.get(channel);
  }

  all(): MessageChannel[] {
    return [...this.byName.values()];
  }

  onApplicationShutdown(): void {
    for (const { providers } of this.all()) for (const provider of providers) provider.close();
  }
}
