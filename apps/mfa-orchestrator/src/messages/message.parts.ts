import { ChannelHealth } from './channel-health.ts';
import { Delivering } from './delivering.ts';
import { MessageBudgets } from './message-budgets.ts';
import { MessageChannels } from './message-channels.ts';
import { MessageSender } from './message-sender.ts';
import { MessageRepository } from './message.repository.ts';
import { Messages } from './messages.service.ts';
import { Settlements } from './settlements.ts';

/** What this feature adds to the service. */
export const messageParts = {
  controllers: [],
  providers: [
    ChannelHealth,
    Delivering,
    MessageBudgets,
    MessageChannels,
    MessageSender,
    MessageRepository,
    Messages,
    Settlements,
  ],
};
