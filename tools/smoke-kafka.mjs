/** The bus from outside: a plain Kafka client with nothing of ours. */
import { setTimeout as pause } from 'node:timers/promises';

/** kafkajs computes a pause that lies in the past, which Node reports once; it does no harm. */
function silenceNegativeTimeouts() {
  const { emitWarning } = process;
  process.emitWarning = (warning, type, ...rest) => {
    if (type !== 'TimeoutNegativeWarning') emitWarning.call(process, warning, type, ...rest);
  };
}

/** { publish(event), decisionOn(auditActionId), close() } on `brokers`. */
export async function openBus(brokers) {
  silenceNegativeTimeouts();
  const { Kafka, logLevel } = await import('kafkajs');
  const kafka = new Kafka({ clientId: 'smoke', brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: `smoke-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
  const decisions = new Map();
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topic: 'mfa.decisions', fromBeginning: false });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({
    eachMessage: async ({ message }) => {
      const { data } = JSON.parse(message.value.toString('utf8'));
      decisions.set(data.auditActionId, data);
    },
  });
  await joined;
  await pause(300); // the first fetch fixes where "from now on" begins
  return {
    publish: (event) =>
      producer.send({
        topic: 'patrol.audit-actions',
        messages: [{ key: `${event.appid}:${event.subject}`, value: JSON.stringify(event) }],
      }),
    decisionOn: (auditActionId) => decisions.get(auditActionId),
    close: () => Promise.all([producer.disconnect(), consumer.disconnect()]),
  };
}
