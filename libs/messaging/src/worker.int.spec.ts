import { DatabaseUnavailable } from '@countersign/persistence';
import { waitFor } from '@countersign/testing';
import { auditAction, record } from '../test/events.ts';
import {
  databaseForTests,
  effects,
  inboxRows,
  leaveEffect,
  openDatabase,
  startService,
  type TestServiceOptions,
} from '../test/service.ts';
import type { EventContext } from './event-context.ts';
import { InProcessTransport } from './in-process-transport.ts';
import type { Messaging } from './messaging.ts';
import { currentTrace } from './trace.ts';
import { Permanent } from './worker.decide.ts';

const TYPE = 'patrol.audit-action.recorded.v1';

describe('worker', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  const running: Messaging[] = [];
  let transport: InProcessTransport;

  beforeAll(async () => {
    db = await databaseForTests('worker');
  });
  beforeEach(async () => {
    await db.clear();
    transport = new InProcessTransport();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => service.stop()));
  });
  afterAll(() => db.end());

  const start = async (
    options: Partial<TestServiceOptions> & { handler?: (e: EventContext) => Promise<void> | void },
  ) => {
    const { handler, ...rest } = options;
    const handle = async (data: never, context: EventContext) => {
      await handler?.(context);
      await leaveEffect(data, context);
    };
    const service = await startService(db.database, { transport, handlers: { [TYPE]: handle }, ...rest });
    running.push(service);
    return service;
  };
  const empty = () => waitFor(async () => (await inboxRows(db.database, 'pending')).length === 0);
  const of = (subject: string, n: number) =>
    Array.from({ length: n }, (_, i) => auditAction({ subject, id: `${subject}-${i}` }));

  it('design Events: order per key holds with several workers in several processes', async () => {
    const others = await openDatabase(db.url);
    try {
      await start({});
      // another process of the same service shares the database, not the subscription
      const elsewhere = await startService(others, {
        transport: new InProcessTransport(),
        handlers: { [TYPE]: leaveEffect },
      });
      running.push(elsewhere);
      const users = ['ann', 'bob', 'cem', 'dee', 'eve'];
      const events = Array.from({ length: 40 }, (_, n) => users.map((user) => of(user, 40)[n]!)).flat();
      await transport.publish(events.map((event) => record(event)));
      await empty();
      await elsewhere.stop();
    } finally {
      await others.close();
    }
    const done = await effects(db.database);
    expect(done).toHaveLength(200);
    for (const user of ['ann', 'bob', 'cem', 'dee', 'eve']) {
      expect(done.filter((id) => id.startsWith(user))).toEqual(of(user, 40).map(({ id }) => id));
    }
  });

  it('design Events: one failing row of a batch fails alone, its effects rolled back', async () => {
    let failures = 0;
    await start({
      backOffMs: [60_000],
      handler: async ({ tx, event }) => {
        if (event.subject !== 'bad') return;
        await tx.query(`INSERT INTO effects (event_id) VALUES ('half')`);
        failures++;
        throw new Error('boom');
      },
    });
    const subjects = ['a', 'bad', 'c', 'd'];
    await transport.publish(subjects.map((subject) => record(auditAction({ subject, id: subject }))));
    await waitFor(async () => (await inboxRows(db.database, 'done')).length === 3);
    expect((await effects(db.database)).sort()).toEqual(['a', 'c', 'd']);
    expect(await inboxRows(db.database, 'pending')).toMatchObject([{ attempts: 1 }]);
    expect(failures).toBeGreaterThanOrEqual(1);
  });

  it('design Events: a failing event blocks its key and no other', async () => {
    let broken = true;
    await start({
      backOffMs: [60_000],
      handler: ({ event }) => {
        if (broken && event.id === 'dana-0') throw new Error('boom');
      },
    });
    await transport.publish([...of('dana', 2), ...of('erin', 2)].map((event) => record(event)));
    await waitFor(async () => (await effects(db.database)).length === 2);
    expect(await effects(db.database)).toEqual(['erin-0', 'erin-1']);
    broken = false;
    await db.database.query('UPDATE inbox SET next_at = NULL');
    await empty();
    expect(await effects(db.database)).toEqual(['erin-0', 'erin-1', 'dana-0', 'dana-1']);
  });

  it('design Events: after the last try it is dead (exhausted), and later events of its key run', async () => {
    let tries = 0;
    await start({
      handler: ({ event }) => {
        if (event.id === 'dana-0') {
          tries++;
          throw new TypeError('boom');
        }
      },
    });
    await transport.publish(of('dana', 2).map((event) => record(event)));
    await empty();
    expect(tries).toBe(6);
    expect(await inboxRows(db.database, 'dead')).toMatchObject([{ reason: 'exhausted', attempts: 6 }]);
    expect(await effects(db.database)).toEqual(['dana-1']);
  });

  it('design Events: what a handler calls permanent is dead at once, with its reason and without its effects', async () => {
    await start({
      handler: async ({ tx }) => {
        await tx.query(`INSERT INTO effects (event_id) VALUES ('half')`);
        throw new Permanent('content-conflict', 'auditActionId');
      },
    });
    await transport.publish([record(auditAction())]);
    await empty();
    expect(await inboxRows(db.database, 'dead')).toMatchObject([{ reason: 'content-conflict', attempts: 1 }]);
    expect(await effects(db.database)).toEqual([]);
    const [notice] = await db.database.query<{ body: Buffer }>('SELECT body FROM outbox');
    expect(JSON.parse(notice!.body.toString())).toMatchObject({
      reason: 'content-conflict',
      appid: 'demo',
      type: TYPE,
    });
  });

  it('design Events: an outage uses up no try and settles nothing', async () => {
    let away = true;
    await start({
      handler: () => {
        if (away) throw new DatabaseUnavailable();
      },
    });
    await transport.publish([record(auditAction({ id: 'late' }))]);
    await waitFor(async () => (await inboxRows(db.database, 'pending')).length === 1);
    away = false;
    await empty();
    expect(await inboxRows(db.database, 'done')).toMatchObject([{ attempts: 0 }]);
  });

  it('design Events: admission is asked outside the transaction; what it hands over reaches the handler', async () => {
    const seen: unknown[] = [];
    await start({
      admit: async (event, { topic, key, brokerTime, rawText }) => {
        seen.push([topic, key, brokerTime instanceof Date, JSON.parse(rawText).id === event.id]);
        if (event.subject === 'ghost') return { ok: false, reason: 'unknown-application' };
        return { ok: true, context: 'hello' };
      },
      handler: ({ admitted, replayed, receivedAt, appId }) =>
        void seen.push([admitted, replayed, receivedAt instanceof Date, appId]),
    });
    await transport.publish([record(auditAction(), 'k'), record(auditAction({ subject: 'ghost' }))]);
    await empty();
    expect(seen).toContainEqual(['patrol.audit-actions', 'k', true, true]);
    expect(seen).toContainEqual(['hello', false, true, 'demo']);
    // nobody's: the platform's to look after
    expect(await inboxRows(db.database, 'dead')).toMatchObject([
      { reason: 'unknown-application', app_id: null },
    ]);
  });

  it('a neighbour that is away in admission only delays', async () => {
    let calls = 0;
    await start({
      admit: async () => {
        if (calls++ === 0) throw Object.assign(new Error('away'), { name: 'ServiceUnavailable' });
        return { ok: true, context: undefined };
      },
    });
    await transport.publish([record(auditAction())]);
    await empty();
    expect(await inboxRows(db.database, 'done')).toMatchObject([{ attempts: 0 }]);
    expect(calls).toBe(2);
  });

  it('CloudEvents: effects and events of a handler commit together, and events tell their cause', async () => {
    const arrived: string[] = [];
    await transport.subscribe({
      group: 'listener',
      topics: ['mfa.users'],
      onRecords: async (records) => void arrived.push(...records.map(({ value }) => value!.toString())),
    });
    let first = true;
    const said = { traceparent: '' };
    const service = await start({
      handler: async ({ tx }) => {
        await service.outbox.append(tx, [
          { type: 'mfa.user.deleted.v1', appId: 'demo', subject: 'u', key: 'u', data: { userId: 'u' } },
        ]);
        said.traceparent = currentTrace()!;
        if (first) {
          first = false;
          throw new Error('after the event was written');
        }
      },
    });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await transport.publish([
      record(
        auditAction({ id: 'e-1', correlationid: 'c-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` }),
      ),
    ]);
    await waitFor(() => arrived.length > 0);
    await empty();
    expect(arrived).toHaveLength(1);
    expect(JSON.parse(arrived[0]!)).toMatchObject({
      specversion: '1.0',
      source: '/test-service',
      type: 'mfa.user.deleted.v1',
      appid: 'demo',
      partitionkey: 'u',
      causationid: 'e-1',
      correlationid: 'c-1',
      traceparent: said.traceparent,
      data: { userId: 'u' },
    });
    expect(said.traceparent).toContain(trace);
  });

  it('a handler that swallows a failed statement does not count as done', async () => {
    let calls = 0;
    await start({
      handler: async ({ tx }) => {
        if (calls++ < 2) await tx.query('SELECT 1 / 0').catch(() => {});
      },
    });
    await transport.publish([record(auditAction({ id: 'x' }))]);
    await empty();
    expect(await effects(db.database)).toEqual(['x']);
  });
});
