import { type Clock, secondsAfter } from '@countersign/kernel';
import { usernameKey } from '@countersign/contracts';
import { Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { userChanged } from '../directory/directory.events.ts';
import { DirectoryRepository } from '../directory/directory.repository.ts';
import type { DirectoryUser } from '../directory/directory.types.ts';
import { LinkedUsers } from './linked-users.ts';
import { PasscodeGrids } from './passcode-grids.ts';
import { PasscodeLocks } from './passcode-locks.ts';
import { PasscodeRepository } from './passcode.repository.ts';
import { PasscodeVerifier } from './passcode-verifier.ts';
import { ShownPasscodes } from './shown-passcodes.ts';
import { sameShown, settingNow, type Shown, TURNOVER_DAYS } from './shown.decide.ts';

/** `changed`: other grids are due than those it was chosen from. */
export type Made = { userId: string; username: string } | 'enrolled' | 'no-user' | 'changed';

/** A sequence that was chosen and repeated. */
export interface Chosen {
  shown: Shown;
  picks: string[];
  clientAddress: string;
}

/** Keeps a new passcode: everything in one transaction, with the event. */
@Injectable()
export class PasscodeMaking {
  constructor(
    private readonly database: Database,
    private readonly passcodes: PasscodeRepository,
    private readonly grids: PasscodeGrids,
    private readonly verifier: PasscodeVerifier,
    private readonly locks: PasscodeLocks,
    private readonly users: DirectoryRepository,
    private readonly linked: LinkedUsers,
    private readonly shownBefore: ShownPasscodes,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** Throws QueueFull, and ServiceUnavailable where a user has to be added and nobody can say whose the name is. */
  async make(
    subject: { appId: string; userId?: string | undefined; username: string; replaces: boolean },
    chosen: Chosen,
  ): Promise<Made> {
    const { appId, username, replaces } = subject;
    const userId = subject.userId ?? (await this.linked.userId(appId, username));
    if (userId === undefined) return 'no-user';
    const { picks, shown, clientAddress } = chosen;
    const before = await this.users.byId(appId, userId);
    // before the transaction: hashing takes its time, and may have to wait
    const { generation } = shown;
    const verifier = await this.verifier.hash(picks, { appId, userId, generation, clientAddress });
    return this.database.transaction(async (tx) => {
      // whoever disables or deletes the user waits for this, or has come first
      const found = await this.users.byId(appId, userId, tx, 'FOR UPDATE');
      if (!found?.user.enabled || usernameKey(found.user.username) !== usernameKey(username))
        return 'no-user';
      // whoever was signed out meanwhile leaves no factor behind (SES-06)
      if (found.generation !== before?.generation) return 'no-user';
      return this.keep(tx, { appId, user: found.user, shown, verifier, replaces });
    });
  }

  private async keep(
    tx: Tx,
    one: { appId: string; user: DirectoryUser; shown: Shown; verifier: string; replaces: boolean },
  ): Promise<Made> {
    const { appId, user, shown, verifier, replaces } = one;
    const { userId, username } = user;
    const held = await this.passcodes.hold(tx, appId);
    const { next, nobody, standing } = await this.grids.next(appId, username, tx);
    const { kept } = standing;
    const isOwn = kept?.userId === userId;
    if (isOwn && kept.verifier !== null && !replaces) return 'enrolled';
    if (!sameShown(next, shown)) return 'changed';
    if (isOwn && kept.verifier !== null) await this.shownBefore.end(tx, appId, userId);
    // a name's former user is gone: mfa-orchestrator has given the name to another
    if (kept && !isOwn) await this.passcodes.forget(tx, appId, kept.userId);
    const moves = !sameShown(next, kept ?? nobody) && this.isLongAgo(isOwn ? kept.movedAt : null);
    const known = kept ? held.known : held.known + 1;
    await this.passcodes.put(tx, appId, {
      ...shown,
      userId,
      usernameKey: usernameKey(username),
      verifier,
      moves,
    });
    await this.passcodes.saveHistory(tx, appId, {
      known,
      turnover: held.turnover + (moves ? 1 / known : 0),
      settings: held.settings.length > 0 ? held.settings : [{ ...settingNow(held), since: 0 }],
    });
    await this.outbox.append(tx, [userChanged(appId, userId, ['image-passcode'])]);
    // guesses at the former sequence are no guesses at this one
    await this.locks.clear(appId, username, tx);
    return { userId, username };
  }

  private isLongAgo(moved: Date | null): boolean {
    return moved === null || secondsAfter(moved, TURNOVER_DAYS * 86_400) <= this.clock.now();
  }
}
