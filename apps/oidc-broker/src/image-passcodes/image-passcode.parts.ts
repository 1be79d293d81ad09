import { ImageController } from './image.controller.ts';
import { ImagePasscodeEnrolStep } from './image-passcode-enrol-step.ts';
import { ImagePasscodeStep } from './image-passcode-step.ts';
import { ImagePasscodes } from './image-passcodes.ts';
import { LinkedUsers } from './linked-users.ts';
import { PasscodeController } from './passcode.controller.ts';
import { PasscodeEnrolment } from './passcode-enrolment.service.ts';
import { PasscodeGrids } from './passcode-grids.ts';
import { PasscodeLocks } from './passcode-locks.ts';
import { PasscodeMaking } from './passcode-making.service.ts';
import { PasscodeManagement } from './passcode-management.service.ts';
import { PasscodeRepository } from './passcode.repository.ts';
import { PasscodeVerifier } from './passcode-verifier.ts';
import { ShownPasscodes } from './shown-passcodes.ts';

/** What this feature adds to the service. */
export const imagePasscodeParts = {
  controllers: [
    PasscodeController, // /v1/directory/users/{username}/image-passcode, /v1/image-passcode-settings
    ImageController, // /oidc/{app}/assets/passcode
  ],
  providers: [
    ...[ImagePasscodeStep, ImagePasscodeEnrolStep, ImagePasscodes, PasscodeManagement],
    ...[PasscodeEnrolment, PasscodeMaking, LinkedUsers],
    ...[PasscodeGrids, PasscodeVerifier, PasscodeLocks, PasscodeRepository, ShownPasscodes],
  ],
};
