import { accept, type Decision, refuse } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import { ImagePasscodes } from './image-passcodes.ts';
import { PasscodeLocks } from './passcode-locks.ts';
import { PasscodeRepository } from './passcode.repository.ts';
import {
  type PasscodeSettingsRequest,
  type PasscodeSettingsView,
  type PasscodeView,
  withBits,
} from './passcode.schemas.ts';
import { settingNow, settingsAfter } from './shown.decide.ts';

/** Image passcodes as an application's management sees them: never the images. */
@Injectable()
export class PasscodeManagement {
  constructor(
    private readonly database: Database,
    private readonly directory: DirectoryService,
    private readonly passcodes: PasscodeRepository,
    private readonly all: ImagePasscodes,
    private readonly locks: PasscodeLocks,
  ) {}

  async get(appId: string, username: string): Promise<Decision<PasscodeView>> {
    const user = await this.directory.byUsername(appId, username);
    if (!user) return refuse('directory/user-not-found');
    const kept = await this.passcodes.find(appId, user.userId);
    if (!kept) return refuse('directory/passcode-not-found');
    const lock = await this.locks.standing(appId, user.username);
    return accept({
      ...withBits(kept),
      enrolledAt: kept.enrolledAt.toISOString(),
      ...(kept.usedAt && { usedAt: kept.usedAt.toISOString() }),
      ...(lock && { lock }),
    });
  }

  async remove(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.directory.byUsername(appId, username);
    return user ? this.all.remove(appId, user.userId) : refuse('directory/user-not-found');
  }

  /** Lifts what wrong tries locked, of any length. */
  async unlock(appId: string, username: string): Promise<Decision<void>> {
    const user = await this.directory.byUsername(appId, username);
    if (!user) return refuse('directory/user-not-found');
    await this.locks.clear(appId, user.username);
    return accept(undefined);
  }

  /** What new passcodes are made with. */
  async settings(appId: string): Promise<PasscodeSettingsView> {
    // of no name in particular
    return withBits(settingNow((await this.passcodes.standing(appId, '')).history));
  }

  /** Holds for passcodes made from now on; who has one keeps it. */
  changeSettings(appId: string, shape: PasscodeSettingsRequest): Promise<PasscodeSettingsView> {
    return this.database.transaction(async (tx) => {
      const held = await this.passcodes.hold(tx, appId);
      const isUsed = held.known > 0 || held.turnover > 0;
      await this.passcodes.saveHistory(tx, appId, { ...held, settings: settingsAfter(held, isUsed, shape) });
      return withBits(shape);
    });
  }
}
