import { Injectable } from '@nestjs/common';
import { ConsentStep } from '../consents/consent-step.ts';
import { ImagePasscodeEnrolStep } from '../image-passcodes/image-passcode-enrol-step.ts';
import { ImagePasscodeStep } from '../image-passcodes/image-passcode-step.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { MfaStep, ScopeMfaStep } from '../mfa/mfa-step.ts';
import { PasskeyStep } from '../mfa/passkey-step.ts';
import { IdentifyStep } from './identify-step.ts';
import type { Login, Step, StepName } from './login.types.ts';
import { PasswordStep } from './password-step.ts';
import { RememberStep } from './remember-step.ts';

/** Every step by its name: the one place that knows all of them. */
@Injectable()
export class LoginSteps {
  private readonly steps: Readonly<Record<StepName | 'remember', Step>>;

  constructor(
    identify: IdentifyStep,
    password: PasswordStep,
    passkey: PasskeyStep,
    imagePasscode: ImagePasscodeStep,
    imagePasscodeEnrol: ImagePasscodeEnrolStep,
    mfa: MfaStep,
    scopeMfa: ScopeMfaStep,
    consent: ConsentStep,
    remember: RememberStep,
    private readonly passcodes: ImagePasscodes,
  ) {
    const passcode = { 'image-passcode': imagePasscode, 'image-passcode-enrol': imagePasscodeEnrol };
    this.steps = { identify, password, passkey, ...passcode, mfa, 'scope-mfa': scopeMfa, consent, remember };
  }

  of(name: StepName | 'remember'): Step {
    return this.steps[name];
  }

  /** Whether the login's user has an image passcode; of nobody known, none. */
  hasPasscode({ appId, userId }: Login): Promise<boolean> {
    return userId === undefined ? Promise.resolve(false) : this.passcodes.isEnrolled(appId, userId);
  }
}
