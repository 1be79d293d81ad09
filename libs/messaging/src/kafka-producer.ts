import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { byTopic } from './by-topic.ts';
import type { OutRecord } from './transport.ts';

/**
 * Publishes in order, acknowledged by all replicas. After any failure the producer is thrown away: it may have a
 * sequence number in doubt, and a later, different batch under that number would be taken for a repeat and be lost.
 */
export class KafkaProducer {
  private producer: Producer | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private failing = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly prefix: string,
  ) {}

  get healthy(): boolean {
    return !this.failing;
  }

  /** Resolves when all are acknowledged. One call at a time, in the order of the calls. */
  send(records: OutRecord[]): Promise<void> {
    const turn = this.turn.then(() => this.attempt(records));
    this.turn = turn.catch(() => {});
    return turn;
  }

  async close(): Promise<void> {
    await this.turn;
    await this.producer?.disconnect();
    this.producer = undefined;
  }

  private async attempt(records: OutRecord[]): Promise<void> {
    try {
      const producer = (this.producer ??= await this.connect());
      await producer.sendBatch({ acks: -1, timeout: 5_000, topicMessages: this.messages(records) });
      this.failing = false;
    } catch (error) {
      this.failing = true;
      const broken = this.producer;
      this.producer = undefined;
      void broken?.disconnect().catch(() => {});
      throw error;
    }
  }

  private async connect(): Promise<Producer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      // the Java client's partitioning, so that every producer puts a key into the same partition
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      void producer.disconnect().catch(() => {});
      throw error;
    }
  }

  private messages(records: OutRecord[]): TopicMessages[] {
    return [...byTopic(records)].map(([topic, some]) => ({
      topic: this.prefix + topic,
      messages: some.map(({ key, value, headers }) => ({ key, value, ...(headers ? { headers } : {}) })),
    }));
  }
}
