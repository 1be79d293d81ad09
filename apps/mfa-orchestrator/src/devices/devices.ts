import { Injectable } from '@nestjs/common';
import { accept, refuse, type Clock, type Decision } from '@countersign/kernel';
import { type NewEvent, Outbox } from '@countersign/messaging';
import { Database, type Tx } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Notices } from '../contacts/notices.ts';
import { factorEvent } from '../users/user.events.ts';
import type { DeviceView, TrustItems } from './device-info.schemas.ts';
import { DeviceRepository, type TrustedDevice } from './device.repository.ts';
import { TrustIds } from './trust-ids.ts';

/** Which devices are trusted for which users. `seconds` is the application's `deviceTrustSeconds` of today. */
@Injectable()
export class Devices {
  constructor(
    private readonly database: Database,
    private readonly devices: DeviceRepository,
    private readonly trustIds: TrustIds,
    private readonly notices: Notices,
    private readonly outbox: Outbox,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /**
   * Trusts the device for the user, both of that application, after a completed flow. 0 seconds: never. Answers what
   * there is to tell: nothing where it was trusted before.
   */
  async trust(tx: Tx, appId: string, deviceId: string, userId: string, seconds: number): Promise<NewEvent[]> {
    if (seconds <= 0) return [];
    const kind = await this.devices.trust(tx, appId, deviceId, userId, seconds);
    return kind === undefined ? [] : [factorEvent('device-trusted', { appId, userId, kind, id: deviceId })];
  }

  /** Whether the device is trusted for that user now. With `seconds`, a setting lowered since holds at once. */
  isTrusted(db: Tx | Database, deviceId: string, userId: string, seconds?: number): Promise<boolean> {
    return this.devices.isTrusted(db, deviceId, userId, seconds);
  }

  /** Users for whom the device is trusted now, two at most: with more than one, nobody is meant. */
  usersOf(db: Tx | Database, deviceId: string, seconds?: number): Promise<string[]> {
    return this.devices.usersOf(db, deviceId, seconds);
  }

  /** LoginID's discover: whether the device is trusted for somebody. Unknown, forged and used look alike. */
  async discover(appId: string, trustItems: TrustItems, seconds: number): Promise<Decision<void>> {
    const now = this.clock.now();
    const deviceId = seconds > 0 ? await this.trustIds.recognise(appId, trustItems, now) : undefined;
    const users = deviceId === undefined ? [] : await this.devices.usersOf(this.database, deviceId, seconds);
    return users.length > 0 ? accept(undefined) : refuse('mfa/device-not-found');
  }

  async list(userId: string, seconds?: number): Promise<DeviceView[]> {
    return (await this.devices.trustedOf(this.database, userId, seconds)).map(viewOf);
  }

  /** Takes the trust in one of the user's devices away: it may lie in a stranger's hands. */
  async revoke(user: { appId: string; userId: string }, deviceId: string): Promise<Decision<void>> {
    await this.notices.prepare(user.appId);
    return this.database.transaction(async (tx) => {
      const revoked = await this.revokeIn(tx, user, deviceId);
      if (revoked === 0) return refuse('mfa/device-not-found');
      await this.notices.tell(tx, user, 'device-removed');
      return accept(undefined);
    });
  }

  /** Takes the trust in one device, or in all, away within a transaction; answers how many. */
  async revokeIn(tx: Tx, user: { appId: string; userId: string }, deviceId?: string): Promise<number> {
    const revoked = await this.devices.revoke(tx, user.userId, deviceId);
    await this.outbox.append(
      tx,
      revoked.map(({ id, kind }) => factorEvent('device-revoked', { ...user, id, kind })),
    );
    return revoked.length;
  }
}

const viewOf = ({ id, kind, described, seenAt, trustedAt, trustedUntil }: TrustedDevice): DeviceView => {
  const { clientName, clientVersion, osName, osVersion } = described;
  return {
    ...{ id, kind, clientName, clientVersion, osName, osVersion },
    trustedAt: trustedAt.toISOString(),
    trustedUntil: trustedUntil.toISOString(),
    lastUsedAt: seenAt.toISOString(),
  };
};
