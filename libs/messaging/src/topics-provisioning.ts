import { setTimeout as pause } from 'node:timers/promises';
import { type Topic, TOPICS } from '@countersign/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { kafkaClient, type KafkaOptions } from './kafka-settings.ts';
import type { Logger } from './logger.ts';

// a CommonJS module: Node finds only some of its names, and this one not
const { ConfigResourceTypes } = kafkajs;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Makes the topics of contracts as they are described there: missing ones are created, partitions are added and never
 * taken away, `max.message.bytes` and `retention.ms` are set. Safe to repeat. Answers the names created. Replicas are
 * as many as the broker's default.
 */
export async function provisionTopics(
  kafka: string[] | KafkaOptions,
  { logger = silent, topics = TOPICS }: { logger?: Logger; topics?: Record<string, Topic> } = {},
): Promise<string[]> {
  const options = Array.isArray(kafka) ? { brokers: kafka } : kafka;
  const wanted = Object.entries(topics).map(([name, topic]) => ({
    name: (options.prefix ?? '') + name,
    topic,
  }));
  const admin = kafkaClient(options, logger).admin({
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
  });
  const created = new Set<string>();
  await admin.connect();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await provision(admin, wanted, created);
        return [...created];
      } catch (error) {
        if (!isNotKnownYet(error) || attempt === ATTEMPTS) throw error;
        await pause(PAUSE_MS);
      }
    }
  } finally {
    await admin.disconnect();
  }
}

const ATTEMPTS = 40;
const PAUSE_MS = 250;

/** A broker that has just made a topic may not know of it for a moment, above all while it has just started. */
const isNotKnownYet = (error: unknown): boolean =>
  (error as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION';

interface WantedTopic {
  name: string;
  topic: Topic;
}

/** One round; `created` gets the names that were missing. */
async function provision(admin: Admin, wanted: WantedTopic[], created: Set<string>): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ name }) => !existing.has(name));
  if (missing.length > 0) {
    for (const { name } of missing) created.add(name);
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ name, topic }) => ({
        topic: name,
        numPartitions: topic.partitions,
        replicationFactor: -1,
        configEntries: Object.entries(configOf(topic)).map(([key, value]) => ({ name: key, value })),
      })),
    });
  }
  for (const one of wanted.filter(({ name }) => existing.has(name))) await adjust(admin, one);
}

const configOf = (topic: Topic): Record<string, string> => ({
  'retention.ms': String(topic.retentionMs),
  ...(topic.maxBytes === undefined ? {} : { 'max.message.bytes': String(topic.maxBytes) }),
});

/** Set by somebody on the topic itself, as opposed to a default. */
const SET_ON_TOPIC = 1;

async function adjust(admin: Admin, { name, topic }: WantedTopic): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  if ((topics[0]?.partitions.length ?? topic.partitions) < topic.partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: topic.partitions }] });
  }
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name }],
  });
  const entries = resources[0]?.configEntries ?? [];
  const current = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  const config = configOf(topic);
  if (Object.entries(config).every(([key, value]) => current.get(key) === value)) return;
  // altering replaces all that was set on the topic: keep what others set
  const kept = entries.filter((entry) => (entry.configSource as unknown as number) === SET_ON_TOPIC);
  const merged = {
    ...Object.fromEntries(kept.map((entry) => [entry.configName, entry.configValue])),
    ...config,
  };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name,
        configEntries: Object.entries(merged).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
}
