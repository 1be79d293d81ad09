import { TOPICS } from '@countersign/contracts';
import { describeKafka, kafkaForTests, waitFor } from '@countersign/testing';
import { Kafka, logLevel } from 'kafkajs';
import { quiet } from '../test/service.ts';
import { InProcessTransport } from './in-process-transport.ts';
import { KafkaTransport } from './kafka-transport.ts';
import { provisionTopics } from './topics-provisioning.ts';
import type { InRecord, OutRecord, Subscription, Transport } from './transport.ts';

const TOPIC = 'mfa.users';
const kafka = kafkaForTests();
const prefix = `contract-${process.pid}-${performance.now().toFixed(0)}.`;

interface Bus {
  /** A transport as a process would have it. */
  open(): Transport;
  /** Sends what the port does not: a tombstone. */
  sendTombstone(topic: string): Promise<void>;
}

function inProcess(): Bus {
  const shared = new InProcessTransport();
  return {
    open: () => shared,
    sendTombstone: (topic) => shared.publish([{ topic, key: 'k', value: null as unknown as Buffer }]),
  };
}

function onKafka(brokers: string[]): Bus {
  return {
    open: () => new KafkaTransport({ brokers, prefix, logger: quiet }),
    sendTombstone: async (topic) => {
      const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      await producer.send({ topic: prefix + topic, messages: [{ key: 'k', value: null }] });
      await producer.disconnect();
    },
  };
}

if (kafka) {
  beforeAll(async () => {
    await provisionTopics({ brokers: kafka.brokers, prefix });
  }, 60_000);
}

const buses: [string, () => Bus][] = [['in-process', inProcess]];
if (kafka) buses.push(['kafka', () => onKafka(kafka.brokers)]);

describe.each(buses)('transport %s', (name, make) => {
  let bus: Bus;
  let group = 0;
  const open = new Set<{ close(): Promise<void> }>();

  beforeEach(() => {
    bus = make();
  });
  afterEach(async () => {
    for (const one of open) await one.close();
    open.clear();
  });

  const transport = (): Transport => {
    const one = bus.open();
    if (name === 'kafka') open.add(one);
    return one;
  };
  const read = async (
    onRecords: (records: InRecord[]) => Promise<void>,
    { as = `reader-${process.pid}-${group++}`, topics = [TOPIC] } = {},
  ): Promise<Subscription> => {
    const subscription = await transport().subscribe({ group: as, topics, onRecords });
    open.add(subscription);
    await waitFor(() => subscription.assigned(), { timeoutMs: 20_000, what: 'the group to be joined' });
    return subscription;
  };
  /** Records of this run only: a new group reads a Kafka topic from its beginning. */
  const collector = (mark: string) => {
    const seen: InRecord[] = [];
    const onRecords = async (records: InRecord[]) => {
      seen.push(...records.filter(({ value }) => value?.toString().startsWith(mark)));
    };
    return { seen, onRecords, values: () => seen.map(({ value }) => value!.toString()) };
  };
  const out = (key: string | null, value: string, topic: string = TOPIC): OutRecord => ({
    ...{ topic, key, value: Buffer.from(value), headers: { 'content-type': 'text/plain' } },
  });

  it('design Events: every group gets every record, as it was sent', async () => {
    const [one, two] = [collector('all'), collector('all')];
    await read(one.onRecords);
    await read(two.onRecords);
    const records = [out('k', 'all-ä'), out(null, 'all-2'), out('', 'all-3')];
    const sender = transport();
    // as the relay does: what failed is published again, and may then be there twice
    await waitFor(() => sender.publish(records).then(() => true));
    for (const { seen, values } of [one, two]) {
      await waitFor(() => new Set(values()).size === 3);
      expect([...new Set(values())].sort()).toEqual(['all-2', 'all-3', 'all-ä']);
      const [record] = seen.filter(({ key }) => key?.toString() === 'k');
      expect(record).toMatchObject({ topic: TOPIC, offset: expect.stringMatching(/^\d+$/) });
      expect(record!.partition).toBeGreaterThanOrEqual(0);
      expect(record!.timestamp.getTime()).toBeGreaterThan(Date.parse('2026-01-01'));
    }
  });

  it('design Events: records of a key arrive in order and in one partition, offsets growing', async () => {
    const { seen, onRecords } = collector('order');
    await read(onRecords);
    const sender = transport();
    for (let i = 0; i < 30; i++)
      await sender.publish(['a', 'b', 'c'].map((key) => out(key, `order-${key}-${i}`)));
    await waitFor(() => seen.length === 90);
    for (const key of ['a', 'b', 'c']) {
      const mine = seen.filter((record) => record.key?.toString() === key);
      expect(mine.map(({ value }) => value!.toString())).toEqual(
        Array.from({ length: 30 }, (_, i) => `order-${key}-${i}`),
      );
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
      const offsets = mine.map(({ offset }) => BigInt(offset));
      expect(offsets.every((offset, at) => at === 0 || offset > offsets[at - 1]!)).toBe(true);
    }
  });

  it('design Events: records that a reader could not take are given again, until it takes them', async () => {
    const { seen, onRecords } = collector('again');
    let failures = 3;
    await read(async (records) => {
      if (failures > 0 && records.some(({ value }) => value?.toString().startsWith('again'))) {
        failures--;
        throw new Error('the inbox is away');
      }
      await onRecords(records);
    });
    const sender = transport();
    const record = out('k', 'again-1');
    // who publishes retries for ever: a relay
    await waitFor(() => sender.publish([record]).then(() => true));
    await waitFor(() => seen.length >= 1);
    expect(failures).toBe(0);
  });

  it('design Events: a tombstone arrives as one', async () => {
    const seen: InRecord[] = [];
    await read(async (records) => void seen.push(...records.filter(({ value }) => value === null)), {
      topics: ['mfa.flows'],
    });
    await bus.sendTombstone('mfa.flows');
    await waitFor(() => seen.length === 1);
  });

  it('design Events: once paused nothing is handed out, and what was not taken is not lost', async () => {
    const as = `pausing-${process.pid}`;
    const first = collector('pause');
    const subscription = await read(first.onRecords, { as });
    const sender = transport();
    await sender.publish([out('k', 'pause-1')]);
    await waitFor(() => first.seen.length === 1);
    await subscription.pause();
    const publishing = waitFor(() => sender.publish([out('k', 'pause-2')]).then(() => true));
    await subscription.close();
    expect(subscription.assigned()).toBe(false);
    const second = collector('pause');
    await read(second.onRecords, { as });
    await publishing;
    await waitFor(() => second.values().includes('pause-2'));
    expect(first.values()).toEqual(['pause-1']);
  });

  it('interface Topics: a message of almost 6 MB is read where the topic takes it', async () => {
    const topics = ['patrol.audit-actions'];
    const { seen, onRecords } = collector('large');
    await read(onRecords, { topics });
    const value = Buffer.alloc(6 * 1024 * 1024 - 4096, 'x');
    value.write('large');
    await transport().publish([{ topic: topics[0]!, key: null, value }, out('k', 'large-next', topics[0])]);
    await waitFor(() => seen.length === 2, { timeoutMs: 20_000 });
    expect(seen.map((record) => record.value!.length).sort((a, b) => a - b)).toEqual([10, value.length]);
  });

  const follow = async (
    over: { onRecords?: (records: InRecord[]) => Promise<void>; onGap?: () => void; topics?: string[] } = {},
  ): Promise<Subscription> => {
    const subscription = await transport().follow({
      ...{ reader: 'follower', topics: [TOPIC], onRecords: async () => {}, onGap: () => {}, ...over },
    });
    open.add(subscription);
    await waitFor(() => subscription.assigned(), { timeoutMs: 20_000, what: 'the follower to read' });
    return subscription;
  };

  it('issue 5: every follower gets every record from now on, also of the same name, and takes none from groups', async () => {
    const sender = transport();
    await sender.publish([out('k', 'along-before')]);
    const [one, two, group] = [collector('along'), collector('along'), collector('along')];
    await follow({ onRecords: one.onRecords });
    await follow({ onRecords: two.onRecords });
    await read(group.onRecords);
    const records = [out('k', 'along-1'), out(null, 'along-2'), out('k', 'along-3')];
    await waitFor(() => sender.publish(records).then(() => true));
    for (const { values } of [one, two]) {
      await waitFor(() => new Set(values()).size === 3);
      const keyed = values().filter((value) => value !== 'along-2');
      expect([...new Set(keyed)]).toEqual(['along-1', 'along-3']);
    }
    await waitFor(() => new Set(group.values()).size >= 3);
    expect(one.seen[0]).toMatchObject({ topic: TOPIC, offset: expect.stringMatching(/^\d+$/) });
  });

  it('issue 5: a follower hears of the gap behind it before the first record, and is told nothing of other topics', async () => {
    const told: string[] = [];
    const { onRecords, values } = collector('gap');
    await follow({
      onGap: () => void told.push('gap'),
      onRecords: async (records) => {
        await onRecords(records);
        if (values().length > 0) told.push('record');
      },
    });
    // perhaps more than once: joining is one, and finding the place in the topics
    expect(new Set(told)).toEqual(new Set(['gap']));
    await transport().publish([out('k', 'gap-elsewhere', 'mfa.flows'), out('k', 'gap-1')]);
    await waitFor(() => values().length > 0);
    expect(told.filter((what, at) => what !== told[at - 1])).toEqual(['gap', 'record']);
    expect(values()).toEqual(['gap-1']);
  });

  it('issue 5: what is published once a follower reads is never missed', async () => {
    const sender = transport();
    const { onRecords, values } = collector('race');
    const state = { reads: false, ended: false };
    const sure: string[] = [];
    const publishing = (async () => {
      for (let i = 0; !state.ended; i++) {
        const mark = state.reads;
        await sender.publish([out(String(i), `race-${i}`)]);
        if (mark) sure.push(`race-${i}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const subscription = await transport().follow({
      ...{ reader: 'racing', topics: [TOPIC], onRecords, onGap: () => {} },
    });
    open.add(subscription);
    await waitFor(() => (state.reads = subscription.assigned()), { timeoutMs: 20_000, everyMs: 1 });
    await waitFor(() => sure.length >= 50, { timeoutMs: 20_000 });
    state.ended = true;
    await publishing;
    await waitFor(() => sure.every((value) => values().includes(value)), { what: 'all of them' });
  });

  it('issue 5: a follower that fails hears of a gap, gets what comes next, and holds up nobody', async () => {
    const seen: string[] = [];
    let gaps = 0;
    await follow({
      onGap: () => gaps++,
      onRecords: async (records) => {
        const mine = records.map(({ value }) => String(value)).filter((value) => value.startsWith('fail'));
        if (mine.includes('fail-1')) throw new Error('cannot');
        seen.push(...mine);
      },
    });
    expect(gaps).toBeGreaterThan(0);
    const before = gaps;
    const sender = transport();
    await sender.publish([out('k', 'fail-1')]);
    await waitFor(() => gaps > before);
    await sender.publish([out('k', 'fail-2')]);
    await waitFor(() => seen.length > 0);
    expect(seen).toEqual(['fail-2']);
  });

  it('issue 5: a follower that takes long does not keep others from publishing; nor does one that has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await follow({ onRecords: () => promise });
    const { onRecords, seen } = collector('ended');
    const ended = await follow({ onRecords });
    await ended.close();
    expect(ended.assigned()).toBe(false);
    await transport().publish([out('k', 'ended-1')]);
    await transport().publish([out('k', 'ended-2')]);
    resolve();
    expect(seen).toEqual([]);
  });

  it('tells whether it can publish', async () => {
    const one = transport();
    await one.publish([out('k', 'healthy')]);
    expect(one.healthy()).toBe(true);
  });
});

describeKafka('kafka alone', ({ brokers }) => {
  const tale = (value: string, topic: string = TOPIC): OutRecord => ({
    topic,
    key: 'k',
    value: Buffer.from(value),
  });

  it('a failed publication leaves no sequence number in doubt: what comes next arrives, once', async () => {
    const transport = new KafkaTransport({ brokers, prefix, logger: quiet });
    const seen: string[] = [];
    const subscription = await transport.subscribe({
      group: `doubt-${process.pid}`,
      topics: [TOPIC],
      onRecords: async (records) => void seen.push(...records.map(({ value }) => String(value))),
    });
    await expect(transport.publish([tale('x', 'no.such.topic')])).rejects.toThrow();
    expect(transport.healthy()).toBe(false);
    await expect(transport.publish([tale('too large'.padEnd(2_000_000, '.'))])).rejects.toThrow();
    await transport.publish([tale('doubt-1')]);
    await transport.publish([tale('doubt-2')]);
    await waitFor(() => seen.includes('doubt-2'), { timeoutMs: 20_000 });
    expect(seen.filter((value) => value.startsWith('doubt'))).toEqual(['doubt-1', 'doubt-2']);
    await subscription.close();
    await transport.close();
  });

  it('a broker that is not there fails soon, and subscribing to it waits in the background', async () => {
    const transport = new KafkaTransport({ brokers: ['127.0.0.1:1'], logger: quiet });
    const started = performance.now();
    const subscription = await transport.subscribe({
      group: 'g',
      topics: [TOPIC],
      onRecords: async () => {},
    });
    await expect(transport.publish([tale('x')])).rejects.toThrow();
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(subscription.assigned()).toBe(false);
    await transport.close();
  });

  it('issue 5: a follower waits for a broker that is not there, and does not say that it reads', async () => {
    const transport = new KafkaTransport({ brokers: ['127.0.0.1:1'], logger: quiet });
    const subscription = await transport.follow({
      ...{ reader: 'f', topics: [TOPIC], onRecords: async () => {}, onGap: () => {} },
    });
    expect(subscription.assigned()).toBe(false);
    await transport.close();
  });

  it('issue 5: a follower made anew says so, starts at the end, and leaves no place at the broker', async () => {
    const transport = new KafkaTransport({ brokers, prefix, logger: quiet, stalledMs: 3_000 });
    const told: string[] = [];
    const reader = `anew-${process.pid}`;
    const subscription = await transport.follow({
      ...{ reader, topics: [TOPIC], onGap: () => void told.push('gap') },
      onRecords: async (records) =>
        void told.push(...records.map(({ value }) => String(value)).filter((v) => v.startsWith('anew'))),
    });
    const reads = () => waitFor(() => subscription.assigned(), { timeoutMs: 20_000 });
    await reads();
    await transport.publish([tale('anew-1')]);
    await waitFor(() => told.includes('anew-1'));
    // as if kafkajs had died without a word
    await (subscription as unknown as { consumer: { stop(): Promise<void> } }).consumer.stop();
    await transport.publish([tale('anew-missed')]);
    await waitFor(() => !subscription.assigned(), { timeoutMs: 20_000, everyMs: 1 });
    await reads();
    await transport.publish([tale('anew-2')]);
    await waitFor(() => told.includes('anew-2'));
    expect([...new Set(told)]).toEqual(['gap', 'anew-1', 'anew-2']);
    expect(told.lastIndexOf('gap')).toBe(told.indexOf('anew-2') - 1);

    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const group = (await admin.listGroups()).groups.find(({ groupId }) =>
      groupId.startsWith(`${prefix}${reader}.`),
    );
    const [kept] = await admin.fetchOffsets({ groupId: group!.groupId, topics: [prefix + TOPIC] });
    expect(new Set(kept!.partitions.map(({ offset }) => offset))).toEqual(new Set(['-1']));
    await admin.disconnect();
    await transport.close();
  });

  it('interface Topics: provisioning makes them as described, adds partitions, and keeps what others set', async () => {
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const own = { brokers, prefix: `${prefix}made.` };
    const topics = { one: { writer: 'x', partitions: 2, retentionMs: 1000 } };
    expect(await provisionTopics(own, { topics })).toEqual([`${prefix}made.one`]);
    const name = `${prefix}made.one`;
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name, configEntries: [{ name: 'segment.bytes', value: '1048576' }] }],
    });
    const grown = { one: { ...topics.one, partitions: 4, retentionMs: 2000, maxBytes: 6_000_000 } };
    expect(await provisionTopics(own, { topics: grown })).toEqual([]);
    expect(await provisionTopics(own, { topics })).toEqual([]);
    const described = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] });
    const config = Object.fromEntries(
      described.resources[0]!.configEntries.map((e) => [e.configName, e.configValue]),
    );
    expect(config).toMatchObject({
      'max.message.bytes': '6000000',
      'segment.bytes': '1048576',
      'retention.ms': '1000',
    });
    expect((await admin.fetchTopicMetadata({ topics: [name] })).topics[0]!.partitions).toHaveLength(4);
    const all = await admin.fetchTopicMetadata({
      topics: Object.keys(TOPICS).map((topic) => prefix + topic),
    });
    for (const { name: topic, partitions } of all.topics) {
      expect(partitions).toHaveLength(TOPICS[topic.slice(prefix.length) as keyof typeof TOPICS].partitions);
    }
    await admin.disconnect();
  });

  it('a consumer that stopped fetching is reported and made anew', async () => {
    const reports: { group: string }[] = [];
    const transport = new KafkaTransport({
      ...{ brokers, prefix, logger: quiet, stalledMs: 3_000 },
      onStalled: (report) => reports.push(report),
    });
    const group = `stalled-${process.pid}`;
    const seen: string[] = [];
    const subscription = await transport.subscribe({
      ...{ group, topics: [TOPIC] },
      onRecords: async (records) => void seen.push(...records.map(({ value }) => String(value))),
    });
    await waitFor(() => subscription.assigned(), { timeoutMs: 20_000 });
    // as if kafkajs had died without a word
    await (subscription as unknown as { consumer: { stop(): Promise<void> } }).consumer.stop();
    await waitFor(() => reports.length > 0, { timeoutMs: 20_000 });
    expect(reports[0]).toMatchObject({ group });
    await transport.publish([tale('after the stall')]);
    await waitFor(() => seen.includes('after the stall'), { timeoutMs: 20_000 });
    await transport.close();
  });
});
