import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { KafkaConsumer, type KafkaConsumerOptions } from './kafka-consumer.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { kafkaClient, type KafkaOptions } from './kafka-settings.ts';
import type { Logger } from './logger.ts';
import { tolerant } from './tolerant.ts';
import type { Follow, OutRecord, Subscription, Transport } from './transport.ts';

export interface KafkaTransportOptions extends KafkaOptions {
  logger: Logger;
  /** Told when a consumer stopped fetching; it is made anew by itself. A supervised process may exit instead. */
  onStalled?: (report: { group: string; silentMs: number }) => void;
  /** How long a consumer may be silent, in milliseconds. Default 30,000. */
  stalledMs?: number;
}

/** The bus between processes: Kafka. */
export class KafkaTransport implements Transport {
  private readonly kafka: Kafka;
  private readonly producer: KafkaProducer;
  private readonly consumers = new Set<KafkaConsumer>();

  constructor(private readonly options: KafkaTransportOptions) {
    this.kafka = kafkaClient(options, options.logger);
    this.producer = new KafkaProducer(this.kafka, options.prefix ?? '');
  }

  publish(records: OutRecord[]): Promise<void> {
    return this.producer.send(records);
  }

  async subscribe(subscription: Parameters<Transport['subscribe']>[0]): Promise<Subscription> {
    return this.consumer({ ...subscription, onRecords: (records) => subscription.onRecords(records) });
  }

  /** A group of its own, of which nothing stays at the broker: it commits no offsets. */
  async follow(follow: Follow): Promise<Subscription> {
    const { reader, topics, onGap } = follow;
    const group = `${reader}.follows.${randomUUID()}`;
    return this.consumer({ group, topics, onRecords: tolerant(follow), follows: { onGap: () => onGap() } });
  }

  healthy(): boolean {
    return this.producer.healthy;
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
    await this.producer.close();
  }

  private consumer(
    options: Pick<KafkaConsumerOptions, 'group' | 'topics' | 'onRecords' | 'follows'>,
  ): KafkaConsumer {
    const { logger, prefix = '', onStalled, stalledMs = 30_000 } = this.options;
    const consumer = new KafkaConsumer({
      ...options,
      kafka: this.kafka,
      prefix,
      logger,
      onStalled,
      stalledMs,
    });
    this.consumers.add(consumer);
    return consumer;
  }
}
