import type { Application } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { clientNetwork } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { Contact } from '../contacts/contact.types.ts';
import { MessageBudgets } from '../messages/message-budgets.ts';
import type { Channel, MessageKind } from '../messages/message.types.ts';
import { Messages } from '../messages/messages.service.ts';
import { codeText } from './code-text.decide.ts';

/** Where a code would go. Without `address`: nowhere, for somebody who must not learn that. */
export type Addressee = Pick<Contact, 'userId' | 'channel' | 'addressHash'> & { address?: string };

/** Addresses nobody has (RFC 2606 §2), for messages that are never sent. */
const NOWHERE: Record<Channel, string> = { email: 'nobody@nowhere.invalid', sms: '+10000000000' };

/** Sends codes to addresses: within budgets, as a message planned with the transaction that makes the code. */
@Injectable()
export class CodeSender {
  constructor(
    private readonly messages: Messages,
    private readonly budgets: MessageBudgets,
  ) {}

  /**
   * Takes one message out of every budget; call it outside of any transaction. Refuses with `access/too-many-requests`,
   * whose `extra.retryAfterSeconds` says when waiting helps.
   */
  async take(application: Application, to: Addressee, clientAddress: string): Promise<Decision<void>> {
    if (!application.settings.otp[to.channel].enabled) return refuse('mfa/channel-unavailable');
    return this.takeAnyway(application, to, clientAddress);
  }

  /** As {@link take}, whether or not the application has codes sent that way: for trying the channel out. */
  async takeAnyway(application: Application, to: Addressee, clientAddress: string): Promise<Decision<void>> {
    const { userId, channel, addressHash, address } = to;
    if (!this.messages.offered.has(channel)) return refuse('mfa/channel-unavailable');
    const taken = await this.budgets.take({
      ...{ application, userId, channel, addressHash, clientNetwork: clientNetwork(clientAddress) },
      ...(channel === 'sms' && address !== undefined && { number: address }),
    });
    if (taken.allowed) return accept(undefined);
    const { retryAfterSeconds: seconds } = taken;
    if (seconds === 0) return refuse('mfa/address-not-served');
    const detail = `Too many codes were sent; try again in ${seconds} s`;
    return refuse('access/too-many-requests', { detail, extra: { retryAfterSeconds: seconds } });
  }

  /** Plans the message that carries `code`; it is sent after the transaction. */
  async plan(
    tx: Tx,
    application: Application,
    to: Pick<Contact, 'userId' | 'channel' | 'address'>,
    { code, kind }: { code: string; kind: MessageKind },
  ): Promise<void> {
    const texts = application.settings.otp[to.channel];
    const { ttlSeconds } = texts;
    await this.messages.plan(tx, {
      ...{ appId: application.appId, userId: to.userId, channel: to.channel, kind, to: to.address, code },
      ...codeText(texts, { code, app: application.name, ttlSeconds }),
      usefulSeconds: ttlSeconds,
    });
  }

  /**
   * Plans a message that is useless from the start, so no provider ever sees it: where nobody may learn that there is
   * no address, having a code sent takes the same time (SES-07).
   */
  async planNothing(tx: Tx, application: Application, userId: string, channel: Channel): Promise<void> {
    const { subject, text } = codeText(application.settings.otp[channel], {
      ...{ code: '', app: application.name, ttlSeconds: 0 },
    });
    await this.messages.plan(tx, {
      ...{ appId: application.appId, userId, channel, kind: 'otp', to: NOWHERE[channel] },
      ...(subject !== undefined && { subject }),
      ...{ text, usefulSeconds: 0 },
    });
  }

  /** A right code came back: whoever asks for messages there gets them, and the pause between them starts small again. */
  proven(application: Application, to: { channel: Channel; addressHash: string }): Promise<void> {
    return this.budgets.proven({ application, ...to });
  }
}
