import { waitFor } from '@countersign/testing';
import { Registry } from 'prom-client';
import { auditAction, record } from '../test/events.ts';
import { databaseForTests, effects, inboxRows, leaveEffect, startService } from '../test/service.ts';
import type { EventContext } from './event-context.ts';
import { InProcessTransport, NotTaken } from './in-process-transport.ts';

const TYPE = 'patrol.audit-action.recorded.v1';

describe('messaging of a service', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  beforeAll(async () => {
    db = await databaseForTests('messaging');
  });
  beforeEach(() => db.clear());
  afterAll(() => db.end());

  it('toolchain, close order: paused it takes nothing in; drained it has finished what it had and said', async () => {
    const transport = new InProcessTransport();
    let finish: (() => void) | undefined;
    const said: string[] = [];
    await transport.subscribe({
      ...{ group: 'listener', topics: ['mfa.users'] },
      onRecords: async (records) => void said.push(...records.map(({ key }) => String(key))),
    });
    const service = await startService(db.database, {
      transport,
      handlers: {
        [TYPE]: async (data: never, context: EventContext) => {
          await new Promise<void>((resolve) => (finish = resolve));
          await leaveEffect(data, context);
          const event = { type: 'mfa.user.deleted.v1' as const, data: { userId: 'u' } };
          await service.outbox.append(context.tx, [{ ...event, appId: 'demo', subject: 'u', key: 'u' }]);
        },
      },
    });
    await transport.publish([record(auditAction({ id: 'in-hand' }))]);
    await waitFor(() => finish !== undefined);
    await service.pauseConsumers();
    expect(service.ready()).toBe(false);
    await expect(transport.publish([record(auditAction())])).rejects.toThrow(NotTaken);
    const draining = service.drain();
    finish!();
    await draining;
    expect(await effects(db.database)).toEqual(['in-hand']);
    expect(said).toEqual(['u']);
    await service.stop();
  });

  it('design, in-process: a crash loses nothing, records move only when every service is there', async () => {
    const before = new InProcessTransport({ held: true });
    const sender = await startService(db.database, { transport: before, service: 'sender' });
    await db.database.transaction((tx) =>
      sender.outbox.append(tx, [
        {
          ...{ type: TYPE, appId: 'demo', subject: 'dana', key: 'demo:dana', id: 'kept' },
          data: { auditActionId: 'a', name: 'n', username: 'dana' },
        },
      ]),
    );
    await waitFor(() => !before.healthy());
    await sender.stop();

    const after = new InProcessTransport({ held: true });
    const again = await startService(db.database, { transport: after, service: 'sender' });
    const reader = await startService(db.database, {
      transport: after,
      service: 'reader',
      handlers: { [TYPE]: leaveEffect },
    });
    expect(await inboxRows(db.database, 'done')).toEqual([]);
    after.release();
    await waitFor(async () => (await effects(db.database)).length === 1);
    expect(await effects(db.database)).toEqual(['kept']);
    await Promise.all([again.stop(), reader.stop()]);
  });

  it('design, in-process: what a stopped service should read waits for it', async () => {
    const transport = new InProcessTransport();
    const reader = () =>
      startService(db.database, { transport, service: 'reader', handlers: { [TYPE]: leaveEffect } });
    const first = await reader();
    await first.stop();
    await expect(transport.publish([record(auditAction({ id: 'later' }))])).rejects.toThrow(NotTaken);
    const second = await reader();
    await transport.publish([record(auditAction({ id: 'later' }))]);
    await waitFor(async () => (await effects(db.database)).length === 1);
    await second.stop();
  });

  it('a service without handlers is ready and subscribes to nothing', async () => {
    const service = await startService(db.database, { transport: new InProcessTransport() });
    expect(service.ready()).toBe(true);
    await service.stop();
  });

  it('tells how far behind it is, and what it handled', async () => {
    const metrics = new Registry();
    const transport = new InProcessTransport();
    const service = await startService(db.database, {
      transport,
      metrics,
      handlers: { [TYPE]: leaveEffect },
    });
    const event = auditAction();
    await transport.publish([record(event), record(event), record('poison')]);
    await waitFor(async () => (await inboxRows(db.database, 'done')).length === 1);
    const text = await waitFor(async () => {
      const scraped = await metrics.metrics();
      return scraped.includes('countersign_outbox_backlog 0') && scraped;
    });
    for (const line of [
      'countersign_inbox_backlog 0',
      'countersign_inbox_dead 1',
      'countersign_inbox_duplicates_total 1',
      `countersign_events_handled_total{type="${TYPE}",result="done"} 1`,
      'countersign_outbox_age_seconds 0',
      'countersign_inbox_age_seconds 0',
    ]) {
      expect(text).toContain(line);
    }
    await service.stop();
  });

  it('published rows are forgotten after a day', async () => {
    const transport = new InProcessTransport();
    const service = await startService(db.database, { transport });
    await db.database.transaction((tx) => service.outbox.appendRaw(tx, { topic: 't', key: null, body: 'x' }));
    await waitFor(
      async () =>
        (await db.database.query('SELECT 1 FROM outbox WHERE published_at IS NOT NULL')).length === 1,
    );
    service.timers.wake('outbox-purge');
    await db.database.query(`UPDATE outbox SET published_at = published_at - interval '25 hours'`);
    service.timers.wake('outbox-purge');
    await waitFor(async () => (await db.database.query('SELECT 1 FROM outbox')).length === 0);
    await service.stop();
  });
});
