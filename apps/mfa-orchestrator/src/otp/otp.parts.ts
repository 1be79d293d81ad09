import { AuthOtpController } from './auth-otp.controller.ts';
import { AuthOtp } from './auth-otp.service.ts';
import { CarriedProofs } from './carried-proofs.repository.ts';
import { CodeLogins } from './code-login.service.ts';
import { CodeSender } from './code-sender.ts';
import { ContactEnrolments } from './contact-enrolment.service.ts';
import { DeviceCodes } from './device-codes.service.ts';
import { OtpCodes } from './otp-codes.ts';
import { OtpRequests } from './otp-request.service.ts';
import { OtpSteps } from './otp-steps.service.ts';
import { OtpController } from './otp.controller.ts';
import { OtpRepository } from './otp.repository.ts';

/** What this feature adds to the service. */
export const otpParts = {
  controllers: [AuthOtpController, OtpController],
  providers: [
    AuthOtp,
    CarriedProofs,
    CodeLogins,
    CodeSender,
    ContactEnrolments,
    DeviceCodes,
    OtpCodes,
    OtpRequests,
    OtpSteps,
    OtpRepository,
  ],
};
