import type { OutRecord, Subscription, Transport } from '../src/transport.ts';

/** Keeps what is published, in order; `refuse` makes publishing fail for a topic or altogether. */
export class RecordingTransport implements Transport {
  readonly published: OutRecord[] = [];
  readonly attempts: string[][] = [];
  refuse: (topic: string) => boolean = () => false;
  /** Awaited before records are taken. */
  before: () => Promise<void> = async () => {};

  async publish(records: OutRecord[]): Promise<void> {
    this.attempts.push(records.map(({ topic }) => topic));
    await this.before();
    if (records.some(({ topic }) => this.refuse(topic))) throw new Error('the broker is away');
    this.published.push(...records);
  }

  subscribe(): Promise<Subscription> {
    throw new Error('nothing is read here');
  }

  follow(): Promise<Subscription> {
    throw new Error('nothing is read here');
  }

  healthy(): boolean {
    return true;
  }

  async close(): Promise<void> {}

  /** What was published under `key`, the first time of each only. */
  firsts(key: string): string[] {
    const all = this.published.filter((one) => one.key === key).map(({ value }) => value.toString());
    return [...new Set(all)];
  }
}
