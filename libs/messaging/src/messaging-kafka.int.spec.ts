import { describeKafka, waitFor } from '@countersign/testing';
import { Kafka, logLevel } from 'kafkajs';
import { auditAction } from '../test/events.ts';
import { databaseForTests, effects, inboxRows, leaveEffect, quiet, startService } from '../test/service.ts';
import type { EventContext } from './event-context.ts';
import { KafkaTransport } from './kafka-transport.ts';
import type { Messaging } from './messaging.ts';
import { provisionTopics } from './topics-provisioning.ts';

const TYPE = 'patrol.audit-action.recorded.v1';

describeKafka('messaging over Kafka', ({ brokers, prefix }) => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  beforeAll(async () => {
    db = await databaseForTests('messaging_kafka');
    await provisionTopics({ brokers, prefix });
  }, 60_000);
  afterAll(() => db.end());

  it('design Events: a plain producer’s events, doubled and mixed with poison, have one effect each, across restarts', async () => {
    const start = async (): Promise<Messaging> => {
      const transport = new KafkaTransport({ brokers, prefix, logger: quiet });
      const service = await startService(db.database, {
        transport,
        handlers: {
          [TYPE]: async (data: never, context: EventContext) => {
            await leaveEffect(data, context);
            const { id } = context.event;
            const event = { type: 'mfa.user.deleted.v1' as const, data: { userId: id } };
            await service.outbox.append(context.tx, [{ ...event, appId: 'demo', subject: id, key: id }]);
          },
        },
      });
      return service;
    };
    const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const told: string[] = [];
    const listener = new KafkaTransport({ brokers, prefix, logger: quiet });
    await listener.subscribe({
      ...{ group: 'listener', topics: ['mfa.users'] },
      onRecords: async (records) => void told.push(...records.map(({ key }) => String(key))),
    });

    const ids: string[] = [];
    let service = await start();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 60; i++) {
        const id = `${round}-${i}`;
        ids.push(id);
        const value = JSON.stringify(auditAction({ id, subject: `user-${i % 7}` }));
        // no key, as kafka-console-producer sends it; twice, which may be another partition
        const messages = [{ value }, { value }, ...(i % 20 === 0 ? [{ value: '{poison' }] : [])];
        await producer.send({ topic: `${prefix}patrol.audit-actions`, messages });
      }
      await service.stop();
      service = await start();
    }
    await waitFor(async () => (await effects(db.database)).length >= ids.length, { timeoutMs: 25_000 });
    // a plain producer may send a record twice by itself
    await waitFor(async () => (await inboxRows(db.database, 'dead')).length >= 9, { timeoutMs: 25_000 });
    await waitFor(() => new Set(told).size === ids.length, { timeoutMs: 25_000 });
    expect((await effects(db.database)).sort()).toEqual(ids.sort());
    await service.stop();
    await listener.close();
    await producer.disconnect();
  }, 90_000);
});
