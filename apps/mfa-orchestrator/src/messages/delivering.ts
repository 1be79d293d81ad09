import { CrashPoints } from '@countersign/kernel';
import { SealInvalid, Vault } from '@countersign/security';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { ChannelHealth } from './channel-health.ts';
import { MessageChannels } from './message-channels.ts';
import type { ClaimedMessage, OutgoingMessage, Settlement } from './message.types.ts';

/** The longest pause between two attempts, in seconds. */
const LONGEST_PAUSE = 600;

/** What of a message is sealed in its row. */
export type SealedPart = Omit<OutgoingMessage, 'id' | 'kind'>;
export const sealContext = (id: string): string => `message:${id}`;

/** Hands one claimed message to the providers of its channel, one after the other, until one took it. */
@Injectable()
export class Delivering {
  constructor(
    private readonly channels: MessageChannels,
    private readonly health: ChannelHealth,
    private readonly vault: Vault,
    private readonly crashPoints: CrashPoints,
    @InjectLogger() private readonly logger: Logger,
  ) {}

  /** Answers how the claim ends. Neither address nor text is in what it answers or logs. */
  async deliver(claimed: ClaimedMessage): Promise<Settlement> {
    const channel = this.channels.get(claimed.channel);
    const message = this.opened(claimed);
    const refused = message && channel ? channel.refuses(message) : 'seal';
    if (!channel || !message || refused !== undefined)
      return ending(claimed, 'failed', null, `invalid ${refused}`);
    let last: { provider: string; failure: string } | undefined;
    let mayHaveBeenTaken = false;
    let worthAnother = false;
    for (const provider of this.health.inOrder(claimed.channel)) {
      const delivery = await provider.send(message);
      this.crashPoints.at('message-handed-over');
      if (delivery.outcome === 'sent') {
        this.health.worked(provider);
        return ending(claimed, 'sent', provider.name, null);
      }
      const { outcome, reason } = delivery;
      const { id: messageId, appId, attempts } = claimed;
      this.logger.warn({ messageId, appId, attempts, provider: provider.name, outcome, reason }, 'not sent');
      last = { provider: provider.name, failure: reason };
      if (outcome === 'unavailable' || outcome === 'unknown') this.health.failed(provider);
      else this.health.worked(provider);
      mayHaveBeenTaken ||= outcome === 'unknown';
      worthAnother ||= outcome !== 'refused';
      // somebody may have it now: nobody else is to get it, and neither is this one
      if (mayHaveBeenTaken && !channel.repeatable) return ending(claimed, 'unknown', provider.name, reason);
    }
    const otherwise = mayHaveBeenTaken ? 'unknown' : 'failed';
    return {
      ...ending(claimed, worthAnother ? 'again' : 'failed', last?.provider ?? null, last?.failure ?? null),
      otherwise,
      retrySeconds: Math.min(2 ** (claimed.attempts - 1), LONGEST_PAUSE),
    };
  }

  private opened({ id, kind, sealed }: ClaimedMessage): OutgoingMessage | undefined {
    try {
      return { id, kind, ...(JSON.parse(this.vault.open(sealed, sealContext(id))) as SealedPart) };
    } catch (error) {
      if (error instanceof SealInvalid) return undefined;
      throw error;
    }
  }
}

const ending = (
  { id, attempts }: ClaimedMessage,
  outcome: Settlement['outcome'],
  provider: string | null,
  failure: string | null,
): Settlement => ({ id, attempts, outcome, otherwise: 'failed', provider, failure, retrySeconds: 0 });
