import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { ImagePasscodes } from '../image-passcodes/image-passcodes.ts';
import { LoginRepository } from '../logins/login.repository.ts';
import { RememberedDevices } from '../remembered-devices/remembered-devices.ts';
import { type Ended, ProviderRecords } from '../storage/provider-records.ts';

/** Everything this service keeps of a user besides the directory: one list, so that nothing is forgotten. */
@Injectable()
export class UserTraces {
  constructor(
    private readonly records: ProviderRecords,
    private readonly logins: LoginRepository,
    private readonly devices: RememberedDevices,
    private readonly passcodes: ImagePasscodes,
  ) {}

  /** Sessions, consents, tokens, logins under way, remembered devices and the image passcode are gone with this transaction. */
  async forget(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.records.forgetUser(tx, appId, userId);
    await this.logins.forgetUser(tx, appId, userId);
    await this.devices.forgetUser(tx, appId, userId);
    await this.passcodes.forgetUser(tx, appId, userId);
  }

  /**
   * What the user has open ends with this transaction: sessions, tokens, logins under way, and devices that stand in for
   * MFA. Consents and the image passcode stay; `but` says what goes on.
   */
  async end(tx: Tx, appId: string, userId: string, but: Ended = {}): Promise<void> {
    await this.records.endAll(tx, appId, userId, but);
    await this.logins.forgetUser(tx, appId, userId);
    await this.devices.forgetUser(tx, appId, userId);
  }
}
