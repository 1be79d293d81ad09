import { byTopic } from './by-topic.ts';
import type { Logger } from './logger.ts';
import type { PendingRow } from './relay-lease.ts';
import type { Transport } from './transport.ts';

const FIRST_MS = 50;
const CAP_MS = 1_000;

/**
 * Keeps a topic that cannot be published to from holding up the others: it is left out for a while, doubling up to
 * one second, and tried for ever.
 */
export class TopicBackOff {
  private readonly waits = new Map<string, { until: number; ms: number }>();

  /** Topics that are not to be tried now. */
  blocked(): string[] {
    const now = performance.now();
    return [...this.waits].filter(([, { until }]) => until > now).map(([topic]) => topic);
  }

  /** Publishes `rows`, at worst topic by topic, and answers those that were taken. */
  async publish(transport: Transport, rows: PendingRow[], logger: Logger): Promise<PendingRow[]> {
    const blocked = this.blocked();
    const open = rows.filter(({ topic }) => !blocked.includes(topic));
    const groups = byTopic(open);
    if (groups.size > 1 && this.waits.size === 0) {
      try {
        await send(transport, open);
        return open;
      } catch {
        // which of the topics it was shows below
      }
    }
    const taken: PendingRow[] = [];
    for (const [topic, some] of groups) {
      try {
        await send(transport, some);
        this.waits.delete(topic);
        taken.push(...some);
      } catch (error) {
        this.block(topic);
        logger.warn({ err: error, topic, records: some.length }, 'could not publish, will try again');
      }
    }
    return taken;
  }

  private block(topic: string): void {
    const ms = Math.min((this.waits.get(topic)?.ms ?? FIRST_MS / 2) * 2, CAP_MS);
    this.waits.set(topic, { until: performance.now() + ms, ms });
  }
}

const send = (transport: Transport, rows: PendingRow[]): Promise<void> =>
  transport.publish(rows.map(({ topic, key, body, headers }) => ({ topic, key, value: body, headers })));
