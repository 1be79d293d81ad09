import { type Clock, uuidv7 } from '@countersign/kernel';
import type { Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { type SealedPart, sealContext } from './delivering.ts';
import { codeIn } from './email-html.ts';
import { MessageChannels } from './message-channels.ts';
import { MessageSender } from './message-sender.ts';
import { MessageRepository } from './message.repository.ts';
import type { Channel, NewMessage } from './message.types.ts';

/** An address, subject or text that no provider may be given: the caller let it through. Quotes none of them. */
export class MessageInvalid extends Error {
  override name = 'MessageInvalid';
  constructor(
    /** `address`, `subject` or `text`. */
    readonly part: string,
  ) {
    super(`the message has an invalid ${part}`);
  }
}

/** E-mails and SMS as durable effects: planned in the transaction that wants them, sent after it. */
@Injectable()
export class Messages {
  constructor(
    private readonly channels: MessageChannels,
    private readonly rows: MessageRepository,
    private readonly sender: MessageSender,
    private readonly vault: Vault,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Channels that have a provider; no other is to be offered. */
  get offered(): ReadonlySet<Channel> {
    return this.channels.offered;
  }

  /**
   * Plans a message in the caller's transaction and has it sent after the commit. Answers its id, or undefined where
   * the channel has no provider: then nothing is planned. Throws MessageInvalid.
   */
  async plan(tx: Tx, message: NewMessage): Promise<string | undefined> {
    const channel = this.channels.get(message.channel);
    if (!channel) return undefined;
    const invalid = channel.refuses(message);
    if (invalid !== undefined) throw new MessageInvalid(invalid);
    const { to, subject, text, kind } = message;
    const code = message.code ?? (kind === 'notice' ? undefined : codeIn(text));
    const sealed: SealedPart = { to, text, ...(subject !== undefined && { subject }), ...(code && { code }) };
    const id = uuidv7(this.clock);
    await this.rows.insert(tx, id, message, this.vault.seal(JSON.stringify(sealed), sealContext(id)));
    tx.onCommit(() => this.wake());
    return id;
  }

  /** Has what is planned sent now; `plan` does so after its transaction by itself. */
  wake(): void {
    this.sender.wake();
  }

  /** One look for what is due: the net under lost wake-ups, back-offs and lapsed leases. */
  sendDue(): Promise<number> {
    return this.sender.sendDue();
  }

  /** Deletes old rows; answers how many. */
  purge(): Promise<number> {
    return this.rows.purge();
  }
}
