import { Timers } from '@countersign/messaging';
import { DatabaseUnavailable } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { sendLogoutToken } from '../providers/logout-tokens.ts';
import { Providers } from '../providers/providers.ts';
import { OF_ONE_CLIENT, pauseAfter } from './logout-notice.decide.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import type { DueNotice } from './logout-notice.types.ts';
import { LOGOUT_NOTICES } from './logout-notices.ts';

/** A net under lost wake-ups, pauses and lapsed leases. */
const EVERY_MS = 5_000;
/** Under way at once in a process, of all clients together; of one client there are {@link OF_ONE_CLIENT} at most. */
const AT_ONCE = 32;
/** Longer than everything that a try takes. */
const LEASE_SECONDS = 60;

/**
 * Tells clients that sessions have ended (OpenID Connect Back-Channel Logout 1.0 §2.5), at least once each. Nobody waits for a
 * round: each notice that ends makes room for another one, and no client takes all of it.
 */
@Injectable()
export class LogoutDelivery implements OnModuleDestroy {
  private readonly underWay = new Map<Promise<void>, DueNotice>();
  /** The last claim: one after the other, so that each counts what those before it took. */
  private claiming: Promise<unknown> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly notices: LogoutNoticeRepository,
    private readonly providers: Providers,
    private readonly timers: Timers,
    @InjectLogger() private readonly logger: Logger,
  ) {
    const run = async (): Promise<number> => (await this.beginDue()).length;
    timers.register({ name: LOGOUT_NOTICES, everyMs: EVERY_MS, run });
  }

  /** Tries what is due and there is room for, and waits for it; answers how many. */
  async deliverDue(): Promise<number> {
    const begun = await this.beginDue();
    await Promise.all(begun);
    return begun.length;
  }

  /** Waits for what is under way, each bounded by its timeout; nothing new begins. The database closes after it. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await this.claiming;
    await Promise.all(this.underWay.keys());
  }

  /** Begins to try what is due and there is room for; answers the tries, which never fail. Without room there are none. */
  private beginDue(): Promise<Promise<void>[]> {
    const begun = this.claiming.then(async () => {
      const room = this.stopping ? 0 : AT_ONCE - this.underWay.size;
      if (room === 0) return [];
      const due = await this.notices.claim(room, LEASE_SECONDS, [...this.underWay.values()]);
      return due.map((notice) => this.begin(notice));
    });
    this.claiming = begun.catch(() => {});
    return begun;
  }

  private begin(notice: DueNotice): Promise<void> {
    const work = this.deliver(notice).finally(() => {
      const taken = [...this.underWay.values()];
      const ofClient = taken.filter((one) => one.appId === notice.appId && one.clientId === notice.clientId);
      this.underWay.delete(work);
      // others may have waited for this room
      if (taken.length >= AT_ONCE || ofClient.length >= OF_ONE_CLIENT) this.timers.wake(LOGOUT_NOTICES);
    });
    this.underWay.set(work, notice);
    return work;
  }

  private async deliver(notice: DueNotice): Promise<void> {
    try {
      await this.tell(notice);
      await this.notices.delete(notice);
    } catch (error) {
      await this.failed(notice, error).catch((err: unknown) =>
        // the lease lapses, and it is tried again
        this.logger.warn({ err, clientId: notice.clientId }, 'a notice of a logout waits for its lease'),
      );
    }
  }

  /** Throws where the client was not told. One that is gone, or has no address any more, is told nothing. */
  private async tell({ appId, origin, clientId, userId, sid }: DueNotice): Promise<void> {
    const issuer = origin === '' ? this.providers.originOf(appId, undefined) : origin;
    const provider = await this.providers.for(appId, issuer);
    const client = await provider?.Client.find(clientId);
    if (provider && client?.backchannelLogoutUri) await sendLogoutToken(provider, client, { userId, sid });
  }

  private async failed(notice: DueNotice, error: unknown): Promise<void> {
    const { appId, clientId, attempts } = notice;
    // it is us who are not ready: the client was not asked
    const uncounted = error instanceof ServiceUnavailable || error instanceof DatabaseUnavailable;
    const pause = uncounted ? pauseAfter(1) : pauseAfter(attempts);
    const about = { err: error, appId, clientId, attempts };
    if (pause === undefined) {
      await this.notices.delete(notice);
      this.logger.warn(about, 'a client was not told of a logout, and nobody tries any more');
      return;
    }
    await this.notices.putOff(notice, pause, { uncounted });
    this.logger.warn(about, 'a client was not told of a logout yet');
  }
}
