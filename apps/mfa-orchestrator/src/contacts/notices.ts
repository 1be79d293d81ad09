import type { Tx } from '@countersign/persistence';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { Messages } from '../messages/messages.service.ts';
import { ContactRepository } from './contact.repository.ts';
import type { Contact, ContactOwner } from './contact.types.ts';
import { noticeText, type NoticeKind } from './notice-texts.decide.ts';

/** Until when a notice is still worth sending, in seconds: a take-over is worth knowing of a day later. */
const USEFUL_SECONDS = 86_400;
/** Names of applications that are remembered at most. */
const MOST_NAMES = 1_000;

/** Tells users what happened to their account, at the addresses they have shown to be theirs (ASVS 6.3.7). */
@Injectable()
export class Notices {
  private readonly names = new Map<string, string>();

  constructor(
    private readonly contacts: ContactRepository,
    private readonly messages: Messages,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
  ) {}

  /** Learns the application's name, before a transaction that may tell somebody something: inside, nothing is asked. */
  async prepare(appId: string): Promise<void> {
    const application = await this.directory.byId(appId);
    if (this.names.size >= MOST_NAMES) this.names.clear();
    if (application) this.names.set(appId, application.name);
  }

  /**
   * Tells a user, with the transaction that did it: at every verified e-mail address, at the phone where there is none,
   * and at the addresses of `also`, which are no longer theirs; not at the contact `except`. A user whom nothing reaches
   * is not told.
   */
  async tell(
    tx: Tx,
    user: ContactOwner,
    kind: NoticeKind,
    to: { also?: Contact[]; except?: string; codesLeft?: number } = {},
  ): Promise<void> {
    const verified = (await this.contacts.ofUser(tx, user.userId)).filter(
      ({ id, verifiedAt }) => verifiedAt !== null && id !== to.except,
    );
    const emails = verified.filter(({ channel }) => channel === 'email');
    const { subject, text } = noticeText(kind, this.names.get(user.appId) ?? user.appId, to.codesLeft);
    for (const { channel, address } of [...(emails.length > 0 ? emails : verified), ...(to.also ?? [])]) {
      await this.messages.plan(tx, {
        ...{ appId: user.appId, userId: user.userId, channel, kind: 'notice', to: address },
        ...(channel === 'email' && { subject }),
        ...{ text, usefulSeconds: USEFUL_SECONDS },
      });
    }
  }
}
