import { Timers } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { endedIn } from './logout-notice.decide.ts';
import { LogoutNoticeRepository } from './logout-notice.repository.ts';
import type { EndedSession } from './logout-notice.types.ts';

/** The timer that delivers them. */
export const LOGOUT_NOTICES = 'logout-notices';

/** Notices to clients that a session of theirs has ended, as durable effects: planned with the end, delivered after it. */
@Injectable()
export class LogoutNotices {
  constructor(
    private readonly notices: LogoutNoticeRepository,
    private readonly timers: Timers,
  ) {}

  /** Plans them for sessions (payloads of the provider's) that end in the caller's transaction. */
  async ofSessions(tx: Tx, appId: string, payloads: readonly string[]): Promise<void> {
    const ended = payloads.flatMap(endedIn);
    if (ended.length === 0 || (await this.notices.insert(appId, ended, tx)) === 0) return;
    tx.onCommit(() => this.timers.wake(LOGOUT_NOTICES));
  }

  /** Plans one at once: the session ends by its own request. */
  async of(appId: string, ended: EndedSession): Promise<void> {
    if ((await this.notices.insert(appId, [ended])) > 0) this.timers.wake(LOGOUT_NOTICES);
  }
}
