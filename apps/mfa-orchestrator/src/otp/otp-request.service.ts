import type { Application } from '@countersign/contracts';
import { accept, type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { tidyAddress } from '../contacts/address.decide.ts';
import { ContactOptions } from '../contacts/contact-options.ts';
import { ContactRepository } from '../contacts/contact.repository.ts';
import {
  CHANNEL_OF,
  type Contact,
  FACTOR_OF,
  minAgeSeconds,
  type OtpFactor,
} from '../contacts/contact.types.ts';
import { FactorLocks } from '../flows/factor-locks.ts';
import { FlowSessions } from '../flows/flow-session.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import type { Flow } from '../flows/flow.types.ts';
import { isConcealed } from '../flows/flow-facts.ts';
import { ProofStep } from '../flows/proof-step.service.ts';
import { CodeSender } from './code-sender.ts';
import { chooseContact } from './option.decide.ts';
import { OtpCodes } from './otp-codes.ts';
import type { OtpRequest } from './otp.schemas.ts';

/** Has a code sent for a step of a flow. */
@Injectable()
export class OtpRequests {
  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly contacts: ContactRepository,
    private readonly options: ContactOptions,
    private readonly locks: FactorLocks,
    private readonly codes: OtpCodes,
    private readonly sender: CodeSender,
    private readonly sessions: FlowSessions,
  ) {}

  /**
   * Sends a code to the address that `option` means; a code sent before is good no more. The flow stays where it is, so
   * its session does too. Where the caller must not learn what the user has, everything is answered the same: an
   * address that is not there, one that is locked, a budget that is used up.
   */
  async request(
    match: SessionMatch,
    { method, option }: OtpRequest,
    { application, clientAddress }: { application: Application; clientAddress: string },
  ): Promise<Decision<{ session: string }>> {
    const factor = FACTOR_OF[method];
    const offered = await this.steps.offered(match, factor);
    if (!offered.ok) return offered;
    const flow = offered.value;
    const session = { session: this.sessions.of(flow.id, flow.version).token };
    const concealed = isConcealed(flow, application.settings);
    const contact = await this.choose(flow, application, method, option);
    if (!contact && !concealed)
      return refuse('request/invalid', { field: 'option', detail: 'is not offered' });
    const locked = concealed && (await this.locks.isLocked(factor, flow.userId));
    const nobody = this.contacts.nobody(flow.appId, method, flow.usernameKey, flow.userId);
    const taken = await this.sender.take(application, contact ?? nobody, clientAddress);
    if (!taken.ok) return concealed ? accept(session) : taken;
    await this.send(flow, application, locked ? undefined : contact, factor);
    return accept(session);
  }

  private async choose(
    flow: Flow,
    application: Application,
    channel: OtpRequest['method'],
    option: string | undefined,
  ): Promise<Contact | undefined> {
    const minAge = minAgeSeconds(flow.context, application.settings);
    const usable = await this.contacts.usable(this.database, flow.userId, channel, minAge);
    const address = tidyAddress(channel, option ?? '');
    const hash = address === undefined ? undefined : this.contacts.hashOf(flow.appId, channel, address);
    const generic = this.options.generic(flow, channel).value;
    return chooseContact(usable, { option, channel, hash, generic });
  }

  /** Makes the code and, where there is somebody to get it, its message: both or neither. */
  private async send(
    flow: Flow,
    application: Application,
    contact: Contact | undefined,
    factor: OtpFactor,
  ): Promise<void> {
    const { length, ttlSeconds } = application.settings.otp[CHANNEL_OF[factor]];
    const { appId, userId } = flow;
    await this.database.transaction(async (tx) => {
      const { code } = await this.codes.make(tx, {
        ...{ purpose: `flow:${flow.id}`, appId, userId, contactId: contact?.id ?? null },
        ...{ length, ttlSeconds, carries: { factor } },
      });
      if (contact) await this.sender.plan(tx, application, contact, { code, kind: 'otp' });
      else await this.sender.planNothing(tx, application, userId, CHANNEL_OF[factor]);
    });
  }
}
