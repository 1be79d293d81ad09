import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { LoginRepository } from '../logins/login.repository.ts';
import { ProviderRecords } from '../storage/provider-records.ts';

/** What stands on an image passcode that was shown: second factors on their way to the client, and nothing else. */
@Injectable()
export class ShownPasscodes {
  constructor(
    private readonly records: ProviderRecords,
    private readonly logins: LoginRepository,
  ) {}

  /**
   * The passcode is gone, or another one: what was shown with it ends with this transaction, also what is being shown in
   * this moment (SES-06, ST-17). Before the passcode is changed: it waits for writes that were faster.
   */
  async end(tx: Tx, appId: string, userId: string): Promise<void> {
    await this.records.endSecondFactors(tx, appId, userId);
    await this.logins.forgetSecondFactors(tx, appId, userId);
  }
}
