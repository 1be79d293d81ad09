import { AccountChanges } from './account-changes.service.ts';
import { AccountConfirmController } from './account-confirm.controller.ts';
import { AccountDoor } from './account-door.ts';
import { AccountPasscodeController } from './account-passcode.controller.ts';
import { AccountSessions } from './account-sessions.ts';
import { AccountViews } from './account-view.service.ts';
import { AccountController } from './account.controller.ts';
import { FactorGateway } from './factor.gateway.ts';
import { FormTokens } from './form-tokens.ts';

/** What this feature adds to the service. */
export const accountParts = {
  controllers: [
    AccountController, // /oidc/{app}/account
    AccountConfirmController, // /oidc/{app}/account/confirm
    AccountPasscodeController, // /oidc/{app}/account/passcode
  ],
  providers: [
    ...[AccountDoor, AccountSessions, AccountViews, AccountChanges],
    ...[FactorGateway, FormTokens],
  ],
};
