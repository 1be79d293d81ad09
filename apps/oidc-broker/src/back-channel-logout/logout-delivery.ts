import { Timers } from '@countersign/messaging';
import { DatabaseUnavailable } from '@countersign/persistence';
import { ServiceUnavailable } from '@countersign/security';
import { InjectLogger, type Logger } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { sendLogoutToken } from '../providers/logout-tokens.ts';
import { Providers } from '../providers/providers.ts';
import { pauseAfter } from './logout-notice.decide.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import type { DueNotice } from './logout-notice.types.ts';
import { LOGOUT_NOTICES } from './logout-notices.ts';

/** A net under lost wake-ups, pauses and lapsed leases. */
const EVERY_MS = 5_000;
/** Under way at once: one client that hangs leaves the others room. */
const AT_ONCE = 32;
/** Longer than everything that a try takes. */
const LEASE_SECONDS = 60;

/** Tells clients that sessions have ended (OpenID Connect Back-Channel Logout 1.0 §2.5), at least once each. */
@Injectable()
export class LogoutDelivery {
  constructor(
    private readonly notices: LogoutNoticeRepository,
    private readonly providers: Providers,
    timers: Timers,
    @InjectLogger() private readonly logger: Logger,
  ) {
    timers.register({ name: LOGOUT_NOTICES, everyMs: EVERY_MS, run: () => this.deliverDue() });
  }

  /** Tries what is due; answers how many. */
  async deliverDue(): Promise<number> {
    const due = await this.notices.claim(AT_ONCE, LEASE_SECONDS);
    await Promise.all(due.map((notice) => this.deliver(notice)));
    return due.length;
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
