import type { Database } from '@countersign/persistence';
import type { Logger } from './logger.ts';
import { OUTBOX_CHANNEL } from './relay-lease.ts';

const AT_MOST_EVERY_MS = 20;

/**
 * Tells the relays of other processes that there is something to publish, at most once in 20 ms and outside the
 * business transaction: NOTIFY inside it would serialise commits. A lost one only costs the poll's 200 ms.
 */
export class RelayNotifier {
  private timer: NodeJS.Timeout | undefined;
  private again = false;
  private sending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  poke(): void {
    if (this.timer) {
      this.again = true;
      return;
    }
    this.sending = this.database
      .query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '')`)
      .catch((error: unknown) => this.logger.debug({ err: error }, 'could not wake the other relays'));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.again) {
        this.again = false;
        this.poke();
      }
    }, AT_MOST_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.sending;
  }
}
