import { Kafka, logLevel, type ITopicConfig } from 'kafkajs';

/** A record as it lay in the topic. */
export interface ReadRecord {
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  value: string | null;
}

/** A record to write; without `partition` its key decides, without a key any. */
export interface WrittenRecord {
  key?: string;
  value: string | Buffer | null;
  partition?: number;
}

/** The bus from outside: a plain client with nothing of ours, as a host application has one. */
export interface KafkaDoor {
  createTopics(...topics: (string | ITopicConfig)[]): Promise<void>;
  produce(topic: string, ...messages: WrittenRecord[]): Promise<void>;
  /** Everything in `topic` so far and from now on, in a list that grows until `close`. */
  read(topic: string): Promise<ReadRecord[]>;
  close(): Promise<void>;
}

/** Opens a door to `brokers`. Close it when the suite ends. */
export async function openKafkaDoor(brokers: string[]): Promise<KafkaDoor> {
  const kafka = new Kafka({ clientId: 'door', brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ maxInFlightRequests: 1, retry: { maxRetryTime: 2000 } });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  const closing: (() => Promise<void>)[] = [() => producer.disconnect(), () => admin.disconnect()];
  return {
    async createTopics(...topics) {
      const asked = topics.map((topic) => (typeof topic === 'string' ? { topic } : topic));
      await admin.createTopics({ waitForLeaders: true, topics: asked });
    },
    async produce(topic, ...messages) {
      await producer.send({ topic, messages });
    },
    async read(topic) {
      const records: ReadRecord[] = [];
      const groupId = `door-${topic}-${crypto.randomUUID()}`;
      const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, maxWaitTimeInMs: 50 });
      await consumer.connect();
      closing.unshift(() => consumer.disconnect());
      await consumer.subscribe({ topic, fromBeginning: true });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.run({
        eachMessage: async ({ partition, message: { offset, key, value } }) => {
          const text = (bytes: Buffer | null) => bytes?.toString('utf8') ?? null;
          records.push({ topic, partition, offset, key: text(key), value: text(value) });
        },
      });
      await joined;
      return records;
    },
    async close() {
      for (const close of closing.splice(0)) await close();
    },
  };
}
