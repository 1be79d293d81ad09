import { TOPICS } from '@countersign/contracts';
import { uuidv7 } from '@countersign/kernel';
import type { InProcessTransport } from '@countersign/messaging';

/** An event as it lay in a topic. */
export interface SeenEvent {
  topic: string;
  key: string | null;
  id: string;
  type: string;
  appid: string;
  subject: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into data of every type
  data: any;
  /** The whole record, as it went over the wire. */
  text: string;
}

/** The bus from outside: everything that was published, and a way to publish as a host application does. */
export class Bus {
  readonly seen: SeenEvent[] = [];

  constructor(private readonly transport: InProcessTransport) {}

  /** Reads every topic from now on. */
  async listen(): Promise<void> {
    await this.transport.subscribe({
      group: 'e2e',
      topics: Object.keys(TOPICS),
      onRecords: (records) => {
        for (const { topic, key, value } of records) this.note(topic, key, value);
        return Promise.resolve();
      },
    });
  }

  /** Events of `type` whose data has those members, in the order of publication. */
  events(type: string, like: Record<string, unknown> = {}): SeenEvent[] {
    const wanted = Object.entries(like);
    return this.seen.filter(
      (event) => event.type === type && wanted.every(([name, value]) => event.data[name] === value),
    );
  }

  /** Puts a record of any form onto a topic. */
  produce(topic: string, key: string | null, value: string | object): Promise<void> {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return this.transport.publish([{ topic, key, value: Buffer.from(text) }]);
  }

  /** Publishes an audit action as a host's own producer does. Answers the event, to send it again. */
  async audit(
    appid: string,
    data: { auditActionId: string; name: string; username: string; [more: string]: unknown },
    attributes: Record<string, unknown> = {},
    key: string | null = null,
  ): Promise<object> {
    const event = {
      specversion: '1.0',
      id: uuidv7(),
      source: '/core-banking',
      type: 'patrol.audit-action.recorded.v1',
      time: new Date().toISOString(),
      subject: data.username,
      appid,
      data,
      ...attributes,
    };
    await this.produce('patrol.audit-actions', key, event);
    return event;
  }

  private note(topic: string, key: Buffer | null, value: Buffer | null): void {
    const text = value?.toString('utf8') ?? '';
    let event: Partial<SeenEvent> = {};
    try {
      event = JSON.parse(text) as Partial<SeenEvent>;
    } catch {
      // what a test published as not JSON
    }
    const { id = '', type = '', appid = '', subject = '', data = {} } = event;
    this.seen.push({ topic, key: key?.toString('utf8') ?? null, id, type, appid, subject, data, text });
  }
}
