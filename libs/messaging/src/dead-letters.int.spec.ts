import { waitFor } from '@countersign/testing';
import { auditAction, record } from '../test/events.ts';
import { databaseForTests, effects, inboxRows, leaveEffect, startService } from '../test/service.ts';
import type { EventContext } from './event-context.ts';
import { InProcessTransport } from './in-process-transport.ts';
import type { Messaging } from './messaging.ts';
import { Permanent } from './worker.decide.ts';

const TYPE = 'patrol.audit-action.recorded.v1';
const DEMO = { appIds: ['demo'] };

describe('dead letters', () => {
  let db: Awaited<ReturnType<typeof databaseForTests>>;
  let service: Messaging;
  let transport: InProcessTransport;
  let cause: 'gone' | 'there';
  const contexts: EventContext[] = [];

  beforeAll(async () => {
    db = await databaseForTests('dead_letters');
    transport = new InProcessTransport();
    const handler = async (data: never, context: EventContext) => {
      if (cause === 'there') throw new Permanent('handler');
      contexts.push(context);
      await leaveEffect(data, context);
    };
    service = await startService(db.database, {
      transport,
      handlers: { [TYPE]: handler },
      knownApplication: async (appId) => appId !== 'ghost',
    });
  });
  beforeEach(async () => {
    await db.clear();
    contexts.length = 0;
    cause = 'there';
  });
  afterAll(async () => {
    await service.stop();
    await db.end();
  });

  const kill = async (...events: object[]) => {
    await transport.publish(events.map((event) => record(event)));
    await waitFor(async () => (await inboxRows(db.database, 'dead')).length === events.length);
    return (await service.deadLetters.list({ ...DEMO, limit: 50 })).items;
  };

  it('interface GET …/dead-letters: lists what died, newest first, in pages', async () => {
    const letters = await kill(auditAction(), auditAction(), auditAction());
    expect(letters[0]).toEqual({
      id: expect.any(String),
      topic: 'patrol.audit-actions',
      partition: 0,
      offset: expect.stringMatching(/^\d+$/),
      type: TYPE,
      reason: 'handler',
      attempts: 1,
      at: expect.stringMatching(/Z$/),
    });
    const first = await service.deadLetters.list({ ...DEMO, limit: 2 });
    const second = await service.deadLetters.list({ ...DEMO, limit: 2, cursor: first.next });
    expect([...first.items, ...second.items]).toEqual(letters);
    expect(second.next).toBeUndefined();
  });

  it('security: an application sees and touches only its own; the platform those of nobody', async () => {
    const [letter] = await kill(auditAction());
    await transport.publish([record('poison')]);
    const nobody = { appIds: 'nobody' as const };
    await waitFor(async () => (await service.deadLetters.list({ ...nobody, limit: 9 })).items.length === 1);
    for (const foreign of [{ appIds: ['other'] }, nobody]) {
      expect((await service.deadLetters.list({ ...foreign, limit: 9 })).items).not.toContainEqual(letter);
      for (const act of ['replay', 'discard'] as const) {
        expect(await service.deadLetters[act](letter!.id, foreign)).toMatchObject({
          refusal: { code: 'ops/dead-letter-not-found' },
        });
      }
    }
    expect(await inboxRows(db.database, 'dead')).toHaveLength(2);
  });

  it('design: what names an application nobody knows is the platform’s', async () => {
    await transport.publish([
      record(auditAction({ appid: 'ghost' }, { name: '' })),
      record(auditAction({}, { name: '' })),
    ]);
    const { items } = await service.deadLetters.list({ appIds: 'nobody', limit: 9 });
    expect(items).toMatchObject([{ reason: 'schema' }]);
    expect(await service.deadLetters.discard(items[0]!.id, { appIds: 'nobody' })).toMatchObject({ ok: true });
  });

  it('design Events: a replay is handled against today’s state, with its own times', async () => {
    const [letter] = await kill(auditAction({ id: 'again' }));
    cause = 'gone';
    expect(await service.deadLetters.replay(letter!.id, DEMO)).toEqual({
      ok: true,
      value: { id: letter!.id },
    });
    await waitFor(() => contexts.length === 1);
    expect(contexts[0]).toMatchObject({ replayed: true, receivedAt: new Date(letter!.at) });
    await waitFor(async () => (await inboxRows(db.database, 'done')).length === 1);
    expect(await effects(db.database)).toEqual(['again']);
  });

  it('design Events: replayed twice, also at once, it has one effect', async () => {
    const [letter] = await kill(auditAction({ id: 'twice' }));
    cause = 'gone';
    const answers = await Promise.all([1, 2, 3].map(() => service.deadLetters.replay(letter!.id, DEMO)));
    await waitFor(async () => (await inboxRows(db.database, 'done')).length === 1);
    answers.push(await service.deadLetters.replay(letter!.id, DEMO));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    await waitFor(async () => (await inboxRows(db.database, 'pending')).length === 0);
    expect(await effects(db.database)).toEqual(['twice']);
  });

  it('a replay that fails again is a dead letter again', async () => {
    const [letter] = await kill(auditAction());
    await service.deadLetters.replay(letter!.id, DEMO);
    await waitFor(async () => (await db.database.query('SELECT 1 FROM outbox')).length === 2);
    expect(await inboxRows(db.database, 'dead')).toMatchObject([{ id: letter!.id, reason: 'handler' }]);
  });

  it('what could not be parsed cannot be replayed', async () => {
    await transport.publish([record('poison')]);
    await waitFor(async () => (await inboxRows(db.database, 'dead')).length === 1);
    const [row] = await inboxRows(db.database, 'dead');
    expect(await service.deadLetters.replay(row!.id, { appIds: 'nobody' })).toMatchObject({
      refusal: { code: 'ops/dead-letter-unreplayable' },
    });
  });

  it('discarded, it is wiped, and a duplicate when it comes again', async () => {
    const event = auditAction();
    const [letter] = await kill(event);
    expect(await service.deadLetters.discard(letter!.id, DEMO)).toMatchObject({ ok: true });
    expect(await service.deadLetters.discard(letter!.id, DEMO)).toMatchObject({ ok: false });
    expect(await service.deadLetters.replay(letter!.id, DEMO)).toMatchObject({ ok: false });
    cause = 'gone';
    await transport.publish([record(event)]);
    expect(await inboxRows(db.database, 'discarded')).toMatchObject([{ body: null }]);
    expect(await inboxRows(db.database, 'pending')).toEqual([]);
    expect(contexts).toEqual([]);
  });

  it.each(['', '0', '-1', 'x', '1; DROP TABLE inbox', '9'.repeat(30), '99999'])(
    'an id that is none (%s) is not found',
    async (id) => {
      expect(await service.deadLetters.replay(id, DEMO)).toMatchObject({
        refusal: { code: 'ops/dead-letter-not-found' },
      });
      expect(await service.deadLetters.discard(id, DEMO)).toMatchObject({
        refusal: { code: 'ops/dead-letter-not-found' },
      });
    },
  );
});
