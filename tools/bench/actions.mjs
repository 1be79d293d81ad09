/** Audit action on Kafka → challenge required on Kafka, against a bare produce → consume and two commits. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { median, percentile, row } from './figures.mjs';

const RATE = 200;
const SECONDS = 8;
const BACKLOG = 3000;
const CALLERS = 32;
const BARE = 'bench.bare';

export async function benchActions(run, { rounds, say }) {
  const kafka = new Kafka({
    clientId: 'bench',
    brokers: run.kafka.brokers,
    logLevel: logLevel.NOTHING,
    // the limit is to be the fastest there is: without Nagle's algorithm, as the services themselves
    socketFactory: ({ host, port, onConnect }) => connect({ host, port, noDelay: true }, onConnect),
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: BARE, numPartitions: 6, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  const commits = await twoCommits(run.database);
  const arrivals = new Map();
  const seen = (id) => arrivals.get(id)?.(performance.now());
  const consumers = [
    await consume(kafka, 'mfa.challenges', async (event) => seen(event.data.auditActionId)),
    await consume(kafka, BARE, async ({ id }) => {
      await commits.run(id);
      seen(id);
    }),
  ];
  const expect = (id) => new Promise((resolve) => arrivals.set(id, resolve));
  const sides = {
    ours: (id) => producer.send({ topic: 'patrol.audit-actions', messages: [{ value: auditAction(id) }] }),
    peer: (id) => producer.send({ topic: BARE, messages: [{ value: JSON.stringify({ id }) }] }),
  };
  const latencies = { ours: [], peer: [] };
  await openLoop(sides.ours, expect, 2); // warm
  await openLoop(sides.peer, expect, 2);
  for (let round = 0; round < rounds; round++) {
    for (const side of ['peer', 'ours']) {
      const samples = await openLoop(sides[side], expect, SECONDS);
      latencies[side].push(...samples);
      say(
        `actions, round ${round + 1}, ${side}: p50 ${median(samples).toFixed(1)} ms, p99 ${percentile(samples, 0.99).toFixed(1)} ms`,
      );
    }
  }
  const rates = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    rates.peer.push(await produceAndCommit(producer, commits));
    rates.ours.push(await backlog(sides.ours, expect));
    say(
      `sustained, round ${round + 1}: ${rates.ours.at(-1).toFixed(0)}/s against ${rates.peer.at(-1).toFixed(0)}/s`,
    );
  }
  for (const consumer of consumers) await consumer.disconnect();
  await producer.disconnect();
  await admin.disconnect();
  await commits.close();
  const at = (share) => [percentile(latencies.ours, share), percentile(latencies.peer, share)];
  return [
    row(`audit action → challenge at ${RATE}/s, p50 ms`, ...at(0.5), 5, false),
    row(`audit action → challenge at ${RATE}/s, p99 ms`, ...at(0.99), 10, false),
    row('audit actions sustained, per second', median(rates.ours), median(rates.peer), 0.3, true),
  ];
}

/** A user of its own for each action: budgets are per user. */
const auditAction = (id) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: '/bench',
    type: 'patrol.audit-action.recorded.v1',
    time: new Date().toISOString(),
    appid: 'demo',
    subject: `bench-${id}`,
    data: {
      auditActionId: id,
      name: 'ChangeAddress',
      username: `bench-${id}`,
      details: { street: 'Main Street 1' },
    },
  });

/** Sends at a fixed rate whatever comes back, and measures from the planned moment of sending (no coordinated omission). */
async function openLoop(send, expect, seconds) {
  const began = performance.now() + 50;
  const waits = Array.from({ length: RATE * seconds }, async (_, i) => {
    const due = began + (i * 1000) / RATE;
    await pause(Math.max(0, due - performance.now()));
    const id = randomUUID();
    const arrival = expect(id);
    await send(id);
    return (await within(arrival, 30_000)) - due;
  });
  return Promise.all(waits);
}

const within = (promise, ms) =>
  Promise.race([promise, pause(ms).then(() => Promise.reject(new Error(`nothing came within ${ms} ms`)))]);

/** Everything at once: how many challenges a second come out. */
async function backlog(send, expect) {
  const ids = Array.from({ length: BACKLOG }, () => randomUUID());
  const arrived = Promise.all(ids.map((id) => within(expect(id), 120_000)));
  const began = performance.now();
  const queue = [...ids];
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let id = queue.pop(); id; id = queue.pop()) await send(id);
    }),
  );
  await arrived;
  return (BACKLOG / (performance.now() - began)) * 1000;
}

/** The limit: for each event one produce and two commits, from as many callers at once. */
async function produceAndCommit(producer, commits) {
  const queue = Array.from({ length: BACKLOG }, () => randomUUID());
  const began = performance.now();
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let id = queue.pop(); id; id = queue.pop()) {
        await producer.send({ topic: BARE, messages: [{ value: JSON.stringify({ id: `-${id}` }) }] });
        await commits.run(id);
      }
    }),
  );
  return (BACKLOG / (performance.now() - began)) * 1000;
}

async function consume(kafka, topic, handle) {
  const consumer = kafka.consumer({ groupId: `bench-${topic}-${randomUUID()}`, sessionTimeout: 10_000 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: false });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.run({
    autoCommit: false, // the limit commits no offsets: nothing is to be slower than it must
    partitionsConsumedConcurrently: 6,
    eachBatch: async ({ batch }) => {
      await Promise.all(batch.messages.map(({ value }) => handle(JSON.parse(value))));
    },
  });
  await joined;
  await pause(500); // the first fetch fixes where it reads from
  return consumer;
}

/** Two inserts, a commit each. */
async function twoCommits(databaseUrl) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  pool.on('error', () => {}); // the server is going down because something failed; that is told elsewhere
  await pool.query('CREATE TABLE IF NOT EXISTS bench_commits (id text, step int)');
  return {
    async run(id) {
      await pool.query('INSERT INTO bench_commits VALUES ($1, 1)', [id]);
      await pool.query('INSERT INTO bench_commits VALUES ($1, 2)', [id]);
    },
    async close() {
      await pool.query('DROP TABLE bench_commits');
      await pool.end();
    },
  };
}
