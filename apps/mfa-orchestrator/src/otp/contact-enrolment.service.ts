import type { Application } from '@countersign/contracts';
import { accept, type Clock, type Decision, refuse, uuidv7 } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { tidyAddress } from '../contacts/address.decide.ts';
import { ContactChanges } from '../contacts/contact-changes.ts';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { placeFor } from '../contacts/place.decide.ts';
import { Notices } from '../contacts/notices.ts';
import type { StepAnswer } from '../flows/flow-answers.ts';
import { FlowSessions } from '../flows/flow-session.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import type { Flow } from '../flows/flow.types.ts';
import { ProofStep, type Shown } from '../flows/proof-step.service.ts';
import type { Channel } from '../messages/message.types.ts';
import type { Enrolment } from '../policies/factors.ts';
import { enrolmentProof } from '../users/factor-proof.decide.ts';
import { CodeSender } from './code-sender.ts';
import { OtpCodes } from './otp-codes.ts';
import type { ContactRequest } from './otp.schemas.ts';

const ENROLMENT = { email: 'email:enrol', sms: 'sms:enrol' } as const satisfies Record<Channel, Enrolment>;

/** The steps `email:enrol` and `sms:enrol`: a user adds an address of their own and proves by code that it is. */
@Injectable()
export class ContactEnrolments {
  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly contacts: ContactRepository,
    private readonly changes: ContactChanges,
    private readonly notices: Notices,
    private readonly codes: OtpCodes,
    private readonly sender: CodeSender,
    private readonly sessions: FlowSessions,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Sends a code to the new address. The address is kept with the code alone until the code comes back. */
  async request(
    match: SessionMatch,
    { channel, address: text }: ContactRequest,
    { application, clientAddress }: { application: Application; clientAddress: string },
  ): Promise<Decision<{ session: string }>> {
    const offered = await this.steps.offered(match, ENROLMENT[channel]);
    if (!offered.ok) return offered;
    const { id: flowId, version, appId, userId } = offered.value;
    const address = tidyAddress(channel, text);
    if (address === undefined)
      return refuse('request/invalid', { field: 'address', detail: 'is no such address' });
    const verified = (await this.contacts.ofUser(this.database, userId)).filter(
      (one) => one.verifiedAt !== null,
    );
    const addressHash = this.contacts.hashOf(appId, channel, address);
    if (verified.some((one) => one.channel === channel && one.addressHash === addressHash))
      return refuse('request/invalid', { field: 'address', detail: 'is the user’s already' });
    if (!placeFor(channel, verified)) return refuse('mfa/contact-limit');
    const taken = await this.sender.take(
      application,
      { userId, channel, address, addressHash },
      clientAddress,
    );
    if (!taken.ok) return taken;
    const { length, ttlSeconds } = application.settings.otp[channel];
    const id = uuidv7(this.clock);
    const carried = { address: { id, channel, sealed: this.contacts.seal(id, address) } };
    await this.database.transaction(async (tx) => {
      const { code } = await this.codes.make(tx, {
        ...{ purpose: `enrol:${flowId}`, appId, userId, contactId: id, length, ttlSeconds, carries: carried },
      });
      await this.sender.plan(tx, application, { userId, channel, address }, { code, kind: 'verify-address' });
    });
    return accept({ session: this.sessions.of(flowId, version).token });
  }

  /** Takes the code in: the address is the user's from now on. */
  async enrol(match: SessionMatch, step: string, otp: string): Promise<Decision<StepAnswer>> {
    const { id, appId, userId } = match.flow;
    const binding = { purpose: `enrol:${id}`, appId, userId };
    const about = await this.codes.about(binding);
    const shows = about?.address ? ENROLMENT[about.address.channel] : (['email:enrol', 'sms:enrol'] as const);
    const look = async (flow: Flow): Promise<Shown | undefined> => {
      const right = await this.codes.look(binding, otp);
      const fresh = right?.carries?.address;
      if (!right || !fresh) return undefined;
      await this.notices.prepare(appId);
      const { channel } = fresh;
      const address = this.contacts.open(fresh.id, fresh.sealed);
      return {
        proof: enrolmentProof(ENROLMENT[channel], fresh.id),
        effect: async (tx) => {
          if (!(await this.codes.consume(tx, right, `${flow.id}:${flow.version}`))) return false;
          const addressed = { id: fresh.id, channel, address };
          const contact = await this.changes.verified(tx, { appId, userId }, addressed, flow.id);
          return contact?.id === fresh.id;
        },
      };
    };
    return this.steps.show(match, step, { shows, guess: true, look });
  }
}
