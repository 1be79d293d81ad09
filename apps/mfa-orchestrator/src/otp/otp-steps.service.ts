import type { Application } from '@countersign/contracts';
import type { Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ContactRepository } from '../contacts/contact.repository.ts';
import { CHANNEL_OF, minAgeSeconds, type OtpFactor } from '../contacts/contact.types.ts';
import type { StepAnswer } from '../flows/flow-answers.ts';
import type { SessionMatch } from '../flows/flow.repository.ts';
import type { Flow } from '../flows/flow.types.ts';
import { ProofStep, type Shown } from '../flows/proof-step.service.ts';
import type { Proof } from '../flows/proof.types.ts';
import { CodeSender } from './code-sender.ts';
import { OtpCodes } from './otp-codes.ts';
import type { CodeBinding } from './otp.types.ts';

/**
 * What a code shows: access to a mailbox is no possession (NIST SP 800-63B-4 §3.1.3.1), a phone is. The reference names
 * the address, so that one address is one proof however often it is shown (ST-10).
 */
export const otpProof = (factor: OtpFactor, contactId: string): Proof => ({
  factor,
  reference: `contact:${contactId}`,
  acr: 'aal1',
  amr: factor === 'otp:sms' ? ['otp', 'sms'] : ['otp'],
  categories: factor === 'otp:sms' ? ['possession'] : [],
});

/** The steps `otp:email` and `otp:sms`: a code that was sent is typed back. */
@Injectable()
export class OtpSteps {
  constructor(
    private readonly database: Database,
    private readonly steps: ProofStep,
    private readonly contacts: ContactRepository,
    private readonly codes: OtpCodes,
    private readonly sender: CodeSender,
  ) {}

  /** Shows a code in the flow. Which of the two factors it is of, the code that was sent says. */
  async verify(
    match: SessionMatch,
    step: string,
    otp: string,
    application: Application,
  ): Promise<Decision<StepAnswer>> {
    const { id, appId, userId } = match.flow;
    const binding = { purpose: `flow:${id}`, appId, userId };
    const about = await this.codes.about(binding);
    const shows = about?.factor ?? (['otp:email', 'otp:sms'] as const);
    const look = (flow: Flow) => this.look(flow, binding, otp, application);
    // no code is empty
    const lookAway = () => this.codes.look(binding, '');
    return this.steps.show(match, step, { shows, guess: true, look, lookAway });
  }

  private async look(
    flow: Flow,
    binding: CodeBinding,
    otp: string,
    application: Application,
  ): Promise<Shown | undefined> {
    const right = await this.codes.look(binding, otp);
    const factor = right?.carries?.factor;
    // a code without an address was made for nobody: it is not even right by luck
    if (!right?.contactId || !factor) return undefined;
    const { contactId } = right;
    const minAge = minAgeSeconds(flow.context, application.settings);
    const usable = await this.contacts.usable(this.database, flow.userId, CHANNEL_OF[factor], minAge);
    const contact = usable.find((one) => one.id === contactId);
    if (!contact) return undefined;
    await this.sender.proven(application, contact);
    return {
      proof: otpProof(factor, contactId),
      // consumed with the step, and only while the address is still the user's
      effect: async (tx) =>
        (await this.contacts.isUsable(tx, flow.userId, contactId, minAge)) &&
        (await this.codes.consume(tx, right, `${flow.id}:${flow.version}`)),
    };
  }
}
