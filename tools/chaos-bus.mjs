/** The bus as a host sees it that survives its broker: writes until it is taken, and reads everything at the end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs from 'kafkajs';

const { Kafka, logLevel } = kafkajs;

/** { publish(actions), readAll(topics), close() } for the application `appId`. */
export function openBus(brokers, appId, random) {
  const emit = process.emitWarning;
  process.emitWarning = (warning, type, ...rest) =>
    type === 'TimeoutNegativeWarning' || emit.call(process, warning, type, ...rest); // kafkajs, harmless
  const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 };
  const kafka = new Kafka({
    clientId: 'chaos',
    brokers,
    connectionTimeout: 1_000,
    retry,
    logLevel: logLevel.NOTHING,
  });
  let producer;
  let turn = Promise.resolve();

  const send = async (messages) => {
    for (;;) {
      try {
        if (!producer) {
          producer = kafka.producer({ allowAutoTopicCreation: false });
          await producer.connect();
        }
        return await producer.send({ topic: 'patrol.audit-actions', acks: -1, messages });
      } catch {
        // it may have arrived all the same: the repeat is a duplicate, as hosts produce them
        void producer?.disconnect().catch(() => {});
        producer = undefined;
        await pause(300);
      }
    }
  };
  return {
    /** Resolves when the broker has them; some are written twice. */
    publish(actions) {
      const messages = actions.flatMap((action) => {
        const message = { value: JSON.stringify(cloudEvent(appId, action)) };
        if (random() < 0.7) message.key = `${appId}:${action.username}`;
        return random() < 0.15 ? [message, message] : [message];
      });
      turn = turn.then(() => send(messages));
      return turn;
    },
    /** Every record of the topics up to now: Map(topic → [{ key, value }]), in order within a partition. */
    readAll: (topics) => readAll(kafka, topics),
    async close() {
      await producer?.disconnect().catch(() => {});
    },
  };
}

const cloudEvent = (appid, data) => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/chaos',
  type: 'patrol.audit-action.recorded.v1',
  time: new Date().toISOString(),
  appid,
  subject: data.username,
  data,
});

async function readAll(kafka, topics) {
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map();
  for (const topic of topics)
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic))
      if (Number(high) > Number(low)) ends.set(`${topic}/${partition}`, Number(high) - 1);
  await admin.disconnect();
  const found = new Map(topics.map((topic) => [topic, []]));
  if (ends.size === 0) return found;
  const consumer = kafka.consumer({ groupId: `chaos-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers();
  await consumer.run({
    eachMessage: async ({ topic, partition, message: { key, value, offset } }) => {
      found.get(topic).push({ key: key?.toString('utf8') ?? null, value: value?.toString('utf8') ?? null });
      const place = `${topic}/${partition}`;
      if (Number(offset) >= (ends.get(place) ?? Infinity)) ends.delete(place);
      if (ends.size === 0) resolve();
    },
  });
  const late = setTimeout(resolve, 120_000); // what is missing then is found missing by the checks
  await promise;
  clearTimeout(late);
  await consumer.disconnect();
  return found;
}
