import type { Clock } from '@countersign/kernel';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from '../logins/login.types.ts';
import { passcodeProof } from './image-passcode-step.ts';
import { type EnrolmentSubject, PasscodeEnrolment } from './passcode-enrolment.service.ts';

/**
 * Lets a user make the first passcode, where a client links them (`2fa_link`). Never replaces one: who holds a link to a
 * login would take the factor over.
 */
@Injectable()
export class ImagePasscodeEnrolStep implements Step {
  constructor(
    private readonly enrolment: PasscodeEnrolment,
    @InjectClock() private readonly clock: Clock,
  ) {}

  page(login: Login, context: PageContext, error?: string): Promise<string> {
    return this.enrolment.page(subjectOf(login), context, login.data['image-passcode-enrol'], error);
  }

  async submit(login: Login, request: StepRequest): Promise<StepOutcome> {
    const state = login.data['image-passcode-enrol'];
    const outcome = await this.enrolment.submit(subjectOf(login), request, state);
    switch (outcome.kind) {
      case 'again': {
        const { state: data, ...more } = outcome;
        return { ...more, data };
      }
      case 'made': {
        const { userId, username } = outcome;
        return { kind: 'proved', proof: passcodeProof(this.clock), userId, username };
      }
      case 'refused':
        // made in another window: the login goes on with the challenge
        return outcome.reason === 'enrolled'
          ? { kind: 'again', data: {}, error: 'You have secret images already.' }
          : { kind: 'ended', reason: outcome.reason };
    }
  }
}

const subjectOf = ({ appId, userId, username = '', uid }: Login): EnrolmentSubject => ({
  ...{ appId, userId, username },
  seed: uid,
  replaces: false,
});
