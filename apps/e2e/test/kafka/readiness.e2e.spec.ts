import { TOPICS } from '@countersign/contracts';
import { provisionTopics } from '@countersign/messaging';
import { describeKafka, waitFor } from '@countersign/testing';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { Bank } from '../../src/kafka-bank.ts';
import { call } from '../../src/kafka-call.ts';
import { isReady, type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

describeKafka('a broker without our topics', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let admin: Admin;
  const kafka = new Kafka({ clientId: 'operator', brokers, logLevel: logLevel.NOTHING });
  const ours = async () => (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)).sort();

  beforeAll(async () => {
    admin = kafka.admin();
    await admin.connect();
    const options = { label: 'readiness', brokers, prefix, provision: false, ready: '/healthz' };
    system = await startKafkaSystem(options);
  }, 120_000);
  afterAll(async () => {
    await admin?.disconnect();
    await system?.close();
  }, 60_000);

  it('interface: without consumers nobody is ready, the gateway neither; REST works all the same', async () => {
    const { processes, gateway } = system;
    for (const name of ['mfa-orchestrator', 'token-service'] as const) {
      const { status, body } = await call(processes[name].url, 'GET', '/readyz');
      expect([name, status, body.checks]).toMatchObject([name, 503, { database: true, messaging: false }]);
    }
    const { status, headers } = await call(gateway, 'GET', '/readyz');
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    const bank = await Bank.open(system);
    expect((await bank.login('dana')).tokens.accessToken).not.toBe('');
  }, 60_000);

  it('toolchain: topics are never created by using them, neither by us nor on the broker', async () => {
    const producer = kafka.producer({ retry: { retries: 1 } });
    await producer.connect();
    const topic = `${prefix}patrol.audit-actions`;
    await expect(producer.send({ topic, messages: [{ value: '{}' }] })).rejects.toThrow();
    await producer.disconnect();
    // services have tried to read and to publish for seconds by now
    expect(await ours()).toEqual([]);
  }, 30_000);

  it('interface: ready by itself once the topics are there, with the partitions and limits of contracts', async () => {
    await provisionTopics({ brokers, prefix });
    await waitFor(() => isReady(system.gateway), { timeoutMs: 30_000, what: 'the gateway to be ready' });
    expect(await ours()).toEqual(
      Object.keys(TOPICS)
        .map((name) => prefix + name)
        .sort(),
    );
    const { topics } = await admin.fetchTopicMetadata({ topics: await ours() });
    const found = Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
    for (const [name, { partitions }] of Object.entries(TOPICS))
      expect(found[prefix + name]).toBe(partitions);
    // ready is who has partitions; the group may go once more round for a topic that its member saw late
    const group = async () => (await admin.describeGroups([`${prefix}mfa-orchestrator`])).groups[0];
    await waitFor(async () => (await group())?.state === 'Stable', { what: 'a group that is settled' });
    expect((await group())?.members).toEqual([expect.anything()]);
  }, 60_000);

  it('design: what was written before the topics existed is published now', async () => {
    await system.drained();
    const offsets = await admin.fetchTopicOffsets(`${prefix}mfa.flows`);
    // the login above: started, factor verified, completed
    expect(offsets.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(3);
  }, 40_000);
});
