import { ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { ProviderRecords } from '../storage/provider-records.ts';
import { AccountViews } from './account-view.service.ts';
import type { AccountOutcome, AccountSession, NoticeCode } from './account.types.ts';
import { FactorGateway } from './factor.gateway.ts';
import { loginOf, mayChangePasscode } from './standing.decide.ts';

/** A form of the page. */
export interface ChangeRequest {
  session: AccountSession;
  form: Record<string, string>;
  clientAddress: string;
}

const done = (notice: NoticeCode): AccountOutcome => ({ kind: 'done', notice });
const refused = (error: string, status = 400): AccountOutcome => ({
  kind: 'refused',
  about: 'page',
  error,
  status,
});
/** Something went between the page and its button: nothing is left to do. */
const GONE = refused('That is no longer there. The page shows what there is now.');
const LATER = refused('That cannot be done right now. Nothing was changed. Try again in a minute.', 503);

/** What users change of their own. What could open the account to others needs a recent, strong login (SES-02, security 18). */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly views: AccountViews,
    private readonly records: ProviderRecords,
    private readonly devices: RememberedDevices,
    private readonly passcodes: ImagePasscodes,
    private readonly factors: FactorGateway,
    private readonly directory: DirectoryService,
  ) {}

  async make(request: ChangeRequest): Promise<AccountOutcome> {
    const { session, form } = request;
    const { appId, userId, uid } = session;
    const id = form.id ?? '';
    switch (form.action) {
      // whoever holds the session may make it safer at any time
      case 'forget-device':
        return (await this.devices.revoke(appId, userId, id)) ? done('device-forgotten') : GONE;
      case 'forget-devices':
        await this.devices.revokeAll(appId, userId);
        return done('devices-forgotten');
      case 'end-session':
        return (await this.records.endSession(appId, userId, id)) ? done('session-ended') : GONE;
      case 'end-sessions':
        await this.records.endSessions(appId, userId, { except: uid });
        return done('sessions-ended');
      case 'revoke-consent':
        return (await this.records.revokeGrant(appId, userId, id)) ? done('consent-revoked') : GONE;
      default:
        return this.changeFactor(request, id);
    }
  }

  private async changeFactor(request: ChangeRequest, id: string): Promise<AccountOutcome> {
    const { session, form } = request;
    const change = FACTOR_CHANGES.find((name) => name === form.action);
    if (!change) return refused('The page did not say what to do.');
    const { standing, passcode } = await this.views.standing(session);
    if (standing !== 'sure') return { kind: standing };
    switch (change) {
      case 'change-password':
        return this.changePassword(request);
      case 'remove-passcode':
        if (!mayChangePasscode(standing, passcode)) return { kind: 'images' };
        return this.removePasscode(session);
      case 'remove-passkey':
        return this.removePasskey(session, id);
    }
  }

  private async removePasskey(session: AccountSession, id: string): Promise<AccountOutcome> {
    const { appId, userId, proofs } = session;
    const login = loginOf(proofs, this.views.now());
    try {
      const removal = await this.factors.remove(userId, { appId, kind: 'passkey', id, ...login });
      if (removal === 'gone') return GONE;
      if (removal === 'too-weak')
        return refused(
          'That needs a sign-in as strong as your strongest passkey: confirm with a passkey, and try again.',
          403,
        );
    } catch (error) {
      if (error instanceof ServiceUnavailable) return LATER;
      throw error;
    }
    // a device that was remembered by what is gone now has to show something again
    await this.devices.revokeAll(appId, userId);
    return done('passkey-removed');
  }

  private async removePasscode({ appId, userId }: AccountSession): Promise<AccountOutcome> {
    const removed = await this.passcodes.remove(appId, userId);
    if (!removed.ok) return GONE;
    await this.devices.revokeAll(appId, userId);
    return done('passcode-removed');
  }

  private async changePassword({
    session,
    form,
    clientAddress: address,
  }: ChangeRequest): Promise<AccountOutcome> {
    const { appId, userId, uid: except } = session;
    const { current: old = '', password: next = '' } = form;
    const changed = await this.directory.changePassword(appId, userId, { old, next }, { address, except });
    if (changed.ok) return done('password-changed');
    const { code, detail } = changed.refusal;
    return { kind: 'refused', about: 'password', error: PASSWORD_REFUSALS[code]?.(detail) ?? LATER_TEXT };
  }
}

const FACTOR_CHANGES = ['change-password', 'remove-passcode', 'remove-passkey'] as const;

const LATER_TEXT = 'The password could not be changed right now. Try again in a minute.';
const PASSWORD_REFUSALS: Readonly<Record<string, (detail?: string) => string>> = {
  'directory/password-refused': (detail) => `The new password ${detail ?? 'cannot be used'}.`,
  'directory/sign-in-refused': () => 'The current password is not right.',
  'access/too-many-requests': () => 'Too many wrong passwords. Wait a while before you try again.',
};
