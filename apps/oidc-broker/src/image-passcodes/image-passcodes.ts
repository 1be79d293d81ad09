import { accept, type Decision, refuse } from '@countersign/kernel';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { userChanged } from '../directory/directory.events.ts';
import { PasscodeLocks } from './passcode-locks.ts';
import { PasscodeRepository } from './passcode.repository.ts';
import { ShownPasscodes } from './shown-passcodes.ts';

/** Image passcodes of users, as other features see them. */
@Injectable()
export class ImagePasscodes {
  constructor(
    private readonly database: Database,
    private readonly passcodes: PasscodeRepository,
    private readonly locks: PasscodeLocks,
    private readonly shown: ShownPasscodes,
    private readonly outbox: Outbox,
  ) {}

  async isEnrolled(appId: string, userId: string): Promise<boolean> {
    return (await this.passcodes.find(appId, userId)) !== undefined;
  }

  /** When the passcode that holds was made; undefined: there is none. */
  async enrolledAt(appId: string, userId: string): Promise<Date | undefined> {
    return (await this.passcodes.find(appId, userId))?.enrolledAt;
  }

  /** Takes the passcode away; what was shown with it ends. Refuses `directory/passcode-not-found`. */
  remove(appId: string, userId: string): Promise<Decision<void>> {
    return this.database.transaction(async (tx) => {
      await this.shown.end(tx, appId, userId);
      if (!(await this.passcodes.remove(tx, appId, userId))) return refuse('directory/passcode-not-found');
      await this.outbox.append(tx, [userChanged(appId, userId, ['image-passcode'])]);
      return accept(undefined);
    });
  }

  /** The user is gone: nothing of theirs stays, in the caller's transaction. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    const name = await this.passcodes.forget(tx, appId, userId);
    // whoever has the name next starts without the guesses at this one
    if (name !== undefined) await this.locks.clear(appId, name, tx);
  }
}
