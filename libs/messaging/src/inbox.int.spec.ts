import { waitFor } from '@countersign/testing';
import { auditAction, POISON, record } from '../test/events.ts';
import { databaseForTests, effects, inboxRows, leaveEffect, startService } from '../test/service.ts';
import { InProcessTransport } from './in-process-transport.ts';
import type { Messaging } from './messaging.ts';
import type { InRecord } from './transport.ts';

const TYPE = 'patrol.audit-action.recorded.v1';

describe('inbox', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  let transport: InProcessTransport;
  let service: Messaging;
  const dead: InRecord[] = [];

  beforeAll(async () => {
    db = await databaseForTests('inbox');
    transport = new InProcessTransport();
    await transport.subscribe({
      group: 'operator',
      topics: ['test-service.dead'],
      onRecords: async (records) => void dead.push(...records),
    });
    service = await startService(db.database, { transport, handlers: { [TYPE]: leaveEffect } });
  });
  beforeEach(async () => {
    await db.clear();
    dead.length = 0;
  });
  afterAll(async () => {
    await service.stop();
    await db.end();
  });

  const notices = () => dead.map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>);
  const settled = () =>
    waitFor(async () => (await inboxRows(db.database, 'pending')).length === 0, {
      what: 'an empty inbox',
      timeoutMs: 25_000,
    });

  it.each([1, 2, 3, 4, 5])('EV-02: an event delivered %d times has one effect', async (times) => {
    const event = auditAction();
    for (let i = 0; i < times; i++) await transport.publish([record(event, `key-${i}`)]);
    await settled();
    expect(await effects(db.database)).toEqual([event.id]);
  });

  it('EV-02: also when all copies come in one batch', async () => {
    const event = auditAction();
    await transport.publish(Array.from({ length: 5 }, () => record(event)));
    await settled();
    expect(await effects(db.database)).toEqual([event.id]);
  });

  it('design Events: raw bytes are wiped once done, the identity stays', async () => {
    await transport.publish([record(auditAction())]);
    await settled();
    expect(await inboxRows(db.database, 'done')).toMatchObject([{ body: null }]);
  });

  it('design Events: the same identity with other bytes is dead, and never dropped as a duplicate', async () => {
    const event = auditAction();
    const other = auditAction({ id: event.id }, { name: 'Other' });
    await transport.publish([record(event)]);
    await transport.publish([record(other), record(event), record(other)]);
    await settled();
    expect(await effects(db.database)).toEqual([event.id]);
    const conflicts = await inboxRows(db.database, 'dead');
    expect(conflicts.map(({ reason }) => reason)).toEqual(['id-conflict', 'id-conflict']);
    await waitFor(() => dead.length === 2);
    expect(notices()[0]).toMatchObject({ reason: 'id-conflict', eventId: event.id, appid: 'demo' });
    expect(await service.deadLetters.replay(conflicts[0]!.id, { appIds: ['demo'] })).toMatchObject({
      ok: false,
      refusal: { code: 'ops/dead-letter-unreplayable' },
    });
  });

  it('the same id of another source or application is another event', async () => {
    const event = auditAction();
    await transport.publish([
      record(event),
      record({ ...event, source: '/shop' }),
      record({ ...event, appid: 'other' }),
    ]);
    await settled();
    expect(await effects(db.database)).toHaveLength(3);
  });

  it.each(POISON)(
    'design Events: %s is dead and announced within two seconds, and holds nobody up',
    async (_n, value, reason) => {
      const event = auditAction();
      await transport.publish([
        { ...record(''), key: 'demo:dana', value: value as Buffer },
        record(event, 'demo:dana'),
      ]);
      await waitFor(async () => (await effects(db.database)).length === 1, { timeoutMs: 2_000 });
      await waitFor(() => dead.length === 1, { timeoutMs: 2_000 });
      const [row] = await inboxRows(db.database, 'dead');
      expect(row).toMatchObject({ reason });
      const [notice] = notices();
      expect(notice).toMatchObject({ reason, topic: 'patrol.audit-actions', inboxId: row!.id });
      expect(dead[0]!.key?.toString()).toBe('demo:dana');
      const parsed = row!.app_id !== null;
      expect('body' in notice!).toBe(
        !parsed && reason !== 'too-large' && reason !== 'tombstone' && reason !== 'empty',
      );
      if (typeof notice!.body === 'string') expect(Buffer.from(notice!.body, 'base64')).toEqual(value);
    },
  );

  it('redelivered poison is announced once', async () => {
    const poison: InRecord = {
      ...record('x'),
      partition: 3,
      offset: '77',
      key: null,
      timestamp: new Date(0),
    };
    const inbox = (service as unknown as { inbox: { receive(r: InRecord[]): Promise<void> } }).inbox;
    await inbox.receive([poison]);
    await inbox.receive([poison]);
    await waitFor(() => dead.length === 1);
    expect(await inboxRows(db.database, 'dead')).toHaveLength(1);
    const written = await db.database.query('SELECT 1 FROM outbox');
    expect(written).toHaveLength(1);
  });

  it('design Events: a known event that nobody here handles is done', async () => {
    const inbox = (service as unknown as { inbox: { receive(r: InRecord[]): Promise<void> } }).inbox;
    const event = auditAction({ type: 'mfa.user.deleted.v1' }, { userId: 'u' });
    const value = Buffer.from(JSON.stringify(event));
    await inbox.receive([
      { topic: 'mfa.users', partition: 0, offset: '1', key: null, value, timestamp: new Date(0) },
    ]);
    expect(await inboxRows(db.database, 'done')).toMatchObject([{ body: null }]);
  });

  it('takes a batch of 1,200 records with hostile keys', async () => {
    const keys = [null, '', '\0', 'k'.repeat(5000), '\ud800', '💶'];
    const events = Array.from({ length: 1_200 }, (_, n) =>
      record(auditAction({ subject: `user-${n}` }), keys[n % 6]!),
    );
    await transport.publish(events);
    await settled();
    expect(await effects(db.database)).toHaveLength(1_200);
  });

  it('forgets identities after 30 days, and not before', async () => {
    await transport.publish([record(auditAction()), record(auditAction())]);
    await settled();
    await db.database.query(
      `UPDATE inbox SET settled_at = settled_at - interval '30 days 1 minute' WHERE id = (SELECT min(id) FROM inbox)`,
    );
    service.timers.wake('inbox-purge');
    await waitFor(async () => (await inboxRows(db.database, 'done')).length === 1);
  });
});
