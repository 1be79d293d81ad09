import { CrashPoints, systemClock } from '@countersign/kernel';
import type { Database } from '@countersign/persistence';
import { waitFor } from '@countersign/testing';
import { RecordingTransport } from '../test/recording-transport.ts';
import { databaseForTests, openDatabase, quiet } from '../test/service.ts';
import { EventTooLarge, Outbox } from './outbox.ts';
import { Relay } from './relay.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('outbox and relay', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  let transport: RecordingTransport;
  const relays: Relay[] = [];

  beforeAll(async () => {
    db = await databaseForTests('relay');
  });
  beforeEach(async () => {
    await db.clear();
    transport = new RecordingTransport();
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });
  afterAll(() => db.end());

  const relay = (options: { shards?: number; database?: Database; pollMs?: number } = {}) => {
    const one = new Relay({
      ...{ database: db.database, transport, logger: quiet, crashPoints: new CrashPoints() },
      ...options,
    });
    relays.push(one);
    return one;
  };
  const outbox = (wake: () => void = () => {}) => new Outbox('/test', systemClock, wake);
  /** Writes `n` records for each key, a transaction each, keys side by side and each key in order. */
  const write = (n: number, to = outbox(), topic = 'mfa.users', keys = KEYS) =>
    Promise.all(
      keys.map(async (key) => {
        for (let i = 0; i < n; i++) {
          await db.database.transaction((tx) => to.appendRaw(tx, { topic, key, body: `${key}${i}` }));
        }
      }),
    );
  const expected = (key: string, n: number) => Array.from({ length: n }, (_, i) => `${key}${i}`);
  const pending = async () =>
    (await db.database.query('SELECT 1 FROM outbox WHERE published_at IS NULL')).length;
  const drained = () => waitFor(async () => (await pending()) === 0);

  it('design Events: what was rolled back is not published', async () => {
    relay().start();
    const rolledBack = db.database.transaction(async (tx) => {
      await outbox().appendRaw(tx, { topic: 'mfa.users', key: 'a', body: 'never' });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await write(1);
    await drained();
    expect(transport.published.map(({ value }) => value.toString())).not.toContain('never');
  });

  it('design Events: publishes what was left when it starts, in order per key, once', async () => {
    await write(10);
    relay().start();
    await drained();
    expect(transport.published).toHaveLength(80);
    for (const key of KEYS) expect(transport.firsts(key)).toEqual(expected(key, 10));
  });

  it('design Events: a commit wakes the relay of its own process at once', async () => {
    const one = relay({ pollMs: 60_000 });
    one.start();
    await waitFor(() => (one as unknown as { lease?: { ownsAll: boolean } }).lease?.ownsAll);
    await write(1, outbox(one.wake));
    await waitFor(() => transport.published.length === 8, { timeoutMs: 2_000 });
  });

  it('design Events: a commit wakes the relays of other processes by NOTIFY', async () => {
    const others = await openDatabase(db.url);
    try {
      const holder = relay({ database: others, pollMs: 60_000 });
      holder.start();
      await waitFor(() => (holder as unknown as { lease?: { ownsAll: boolean } }).lease?.ownsAll);
      const other = relay({ pollMs: 60_000 });
      await write(1, outbox(other.wake));
      await waitFor(() => transport.published.length === 8, { timeoutMs: 2_000 });
      await holder.stop();
    } finally {
      await others.close();
    }
  });

  it('design Events: two relays at once share the shards and keep the order of each key', async () => {
    const [one, two] = [relay({ shards: 8 }), relay({ shards: 8 })];
    one.start();
    two.start();
    await write(30);
    await drained();
    for (const key of KEYS) expect(transport.firsts(key)).toEqual(expected(key, 30));
    // nobody published what the other held
    expect(transport.published).toHaveLength(240);
  });

  it('design Events: with its lock connection a relay loses the right to publish; another goes on in order', async () => {
    const [one, two] = [relay(), relay()];
    one.start();
    await waitFor(() => (one as unknown as { lease?: { ownsAll: boolean } }).lease?.ownsAll);
    two.start();
    const writing = write(60);
    for (let i = 0; i < 3; i++) {
      await waitFor(() => transport.published.length > (i + 1) * 40);
      await waitFor(async () => {
        const killed = await db.database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`,
        );
        return killed.length === 1;
      });
    }
    await writing;
    await drained();
    for (const key of KEYS) expect(transport.firsts(key)).toEqual(expected(key, 60));
  });

  it('who lost the locks while publishing marks nothing and reads nothing more', async () => {
    const one = relay();
    let release = () => {};
    transport.before = () => new Promise((resolve) => (release = resolve));
    await write(1);
    one.start();
    await waitFor(() => transport.attempts.length === 1);
    await db.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE '%published_at%' AND pid <> pg_backend_pid()`,
    );
    await waitFor(() => !(one as unknown as { lease?: { alive: boolean } }).lease?.alive);
    transport.before = async () => {};
    release();
    await drained();
    // published again under the new lock: at least once, never skipped
    expect(transport.published).toHaveLength(16);
  });

  it('design Events: a broker that is away is tried for ever, and a topic that fails holds up no other', async () => {
    const one = relay();
    one.start();
    transport.refuse = (topic) => topic === 'mfa.flows';
    await write(3, outbox(one.wake), 'mfa.flows');
    await write(3, outbox(one.wake), 'mfa.users');
    await waitFor(async () => (await pending()) === 24);
    expect(transport.published.every(({ topic }) => topic === 'mfa.users')).toBe(true);
    await waitFor(() => transport.attempts.filter(([topic]) => topic === 'mfa.flows').length >= 4);
    transport.refuse = () => false;
    await drained();
    const flows = transport.published.filter(({ topic }) => topic === 'mfa.flows');
    for (const key of KEYS) {
      const mine = flows.filter((one) => one.key === key).map(({ value }) => value.toString());
      expect(mine).toEqual(expected(key, 3));
    }
  });

  it('design Events: what can never be sent is refused when it is written', async () => {
    const details = 'x'.repeat(256 * 1024);
    const event = {
      type: 'patrol.audit-action.recorded.v1' as const,
      ...{ appId: 'demo', subject: 'dana', key: 'demo:dana' },
      data: { auditActionId: 'a', name: 'n', username: 'dana', details },
    };
    await expect(db.database.transaction((tx) => outbox().append(tx, [event]))).rejects.toThrow(
      EventTooLarge,
    );
    const invalid = { ...event, data: { ...event.data, details: undefined, name: '' } };
    await expect(db.database.transaction((tx) => outbox().append(tx, [invalid]))).rejects.toThrow();
    expect(await pending()).toBe(0);
  });

  it('CloudEvents: row and wire hold the same bytes, with content type and key', async () => {
    const event = {
      type: 'mfa.user.deleted.v1' as const,
      appId: 'demo',
      subject: 'u',
      key: 'u',
      data: { userId: 'u' },
    };
    const ids = await db.database.transaction((tx) => outbox().append(tx, [event, { ...event, id: 'mine' }]));
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'mine']);
    relay().start();
    await drained();
    const rows = await db.database.query<{ body: Buffer }>('SELECT body FROM outbox ORDER BY seq');
    expect(transport.published.map(({ value }) => value)).toEqual(rows.map(({ body }) => body));
    expect(transport.published[0]).toMatchObject({
      ...{ topic: 'mfa.users', key: 'u' },
      headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
    });
  });
});
