import { ApplicationSettingsGateway } from './application-settings.gateway.ts';
import { MfaMethodController } from './mfa-method.controller.ts';
import { MfaMethods } from './mfa-method.service.ts';

/** What this feature adds to the service. */
export const mfaMethodParts = {
  controllers: [MfaMethodController],
  providers: [ApplicationSettingsGateway, MfaMethods],
};
