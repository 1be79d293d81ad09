import { describeKafka, type SpawnedService, waitFor } from '@countersign/testing';
import { Bank, type ParkedAction } from '../../src/kafka-bank.ts';
import { call } from '../../src/kafka-call.ts';
import { type Ledger, openLedger } from '../../src/kafka-ledger.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

describeKafka('exactly-once effects', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;
  const publish = (...events: [event: object, key?: string][]) =>
    ledger.door.produce(
      system.topic('patrol.audit-actions'),
      ...events.map(([event, key]) => ({ ...(key && { key }), value: JSON.stringify(event) })),
    );
  const sql = <Row>(text: string, params?: unknown[]) =>
    system.sql['mfa-orchestrator'].query<Row>(text, params);
  const count = async (table: 'decisions' | 'challenges' | 'audit_actions', id: string) =>
    Number(
      (await sql<{ n: string }>(`SELECT count(*) n FROM ${table} WHERE audit_action_id = $1`, [id]))[0]!.n,
    );
  const reasons = async () =>
    (await bank.ask('GET', '/v1/ops/mfa-orchestrator/dead-letters')).body.items.map(
      ({ reason }: { reason: string }) => reason,
    ) as string[];
  /** One action, one decision: in the database, on the topic, over REST. */
  const decidedOnce = async ({ auditActionId }: ParkedAction) => {
    const { decision } = await bank.decided(auditActionId);
    await waitFor(() => ledger.decisionsOn(auditActionId)[0], { what: `${auditActionId} on the topic` });
    expect(ledger.decisionsOn(auditActionId).map(({ data }) => data.decision)).toEqual([decision]);
    expect(await count('decisions', auditActionId)).toBe(1);
  };
  /** Moves everything that was settled so far into the past. */
  const timePasses = (days: number) =>
    sql(
      `UPDATE inbox SET received_at = received_at - $1::int * interval '1 day',
         settled_at = settled_at - $1::int * interval '1 day', broker_time = broker_time - $1::int * interval '1 day'`,
      [days],
    );

  beforeAll(async () => {
    system = await startKafkaSystem({ label: 'exactly once', brokers, prefix });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa.challenges');
  }, 120_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
  }, 60_000);

  it('design Events: delivered one to five times, by any partition: one decision, one challenge', async () => {
    const quiet = Array.from({ length: 5 }, () => bank.park());
    const asked = Array.from({ length: 5 }, () => bank.park({ name: 'ChangeAddress' }));
    const copies = [...quiet, ...asked].flatMap((action, at) => {
      const event = bank.event(action);
      // with a key one partition, without a key any
      return Array.from({ length: (at % 5) + 1 }, (_, copy): [object, string?] =>
        copy % 2 === 0 ? [event, `bank:${action.username}`] : [event],
      );
    });
    // in steps of seven through thirty: neighbours part, and every run does the same
    await publish(...copies.map((_, at) => copies[(at * 7) % copies.length]!));
    for (const action of asked)
      await bank.prove(action.username, (await bank.challengeOf(action.username)).id);
    await system.drained();
    for (const action of [...quiet, ...asked]) await decidedOnce(action);
    for (const { auditActionId } of asked) expect(await count('challenges', auditActionId)).toBe(1);
    expect(await reasons()).toEqual([]);
  }, 90_000);

  it('design Events: an id is the producer’s own: the same id from another source is another event', async () => {
    const [one, two] = [bank.park(), bank.park()];
    await publish([bank.event(one, { id: 'same' })], [bank.event(two, { id: 'same', source: '/branch' })]);
    await decidedOnce(one);
    await decidedOnce(two);
    // told by two sources, it is still one action
    const both = bank.park({ name: 'ChangeAddress' });
    await publish([bank.event(both)], [bank.event(both, { source: '/branch' })]);
    await bank.challengeOf(both.username);
    await system.drained();
    expect(await count('challenges', both.auditActionId)).toBe(1);
    expect(await reasons()).toEqual([]);
  }, 40_000);

  it('design Events: the same identity with other bytes is dead, not a duplicate and not an update', async () => {
    const action = bank.park({ details: { to: 'A' } });
    const event = bank.event(action);
    await publish([event, 'bank:k']);
    await decidedOnce(action);
    await publish([{ ...event, data: { ...action, details: { to: 'B' } } }, 'bank:k']);
    await waitFor(async () => (await reasons()).includes('id-conflict'), { what: 'the conflict' });
    // a new event about the same action with other content is a conflict of content
    await publish([bank.event({ ...action, details: { to: 'B' } }), 'bank:k']);
    await waitFor(async () => (await reasons()).includes('content-conflict'), { what: 'the other conflict' });
    expect(await reasons()).toHaveLength(2);
    await decidedOnce(action);
  }, 40_000);

  it('design Events: whatever the order within and across keys, each action gets its one decision', async () => {
    const users = ['ada', 'bob', 'cyd'].map((name) => `${name}-${crypto.randomUUID()}`);
    const actions = users.flatMap((username) =>
      Array.from({ length: 4 }, (_, at) => bank.park({ username, name: at % 2 ? 'ChangeAddress' : 'View' })),
    );
    const events = actions.map((action): [object, string?] => [
      bank.event(action),
      `bank:${action.username}`,
    ]);
    // newest first, then all again from the other end, then keyless in between
    await publish(...[...events].reverse());
    await publish(...events, ...events.map(([event]): [object] => [event]));
    for (const { username } of actions.filter(({ name }) => name === 'ChangeAddress'))
      await bank.prove(username, (await bank.challengeOf(username)).id);
    await system.drained();
    for (const action of actions) await decidedOnce(action);
  }, 60_000);

  describe('with a second process in the group', () => {
    let second: SpawnedService;
    const late = { week: {} as ParkedAction, month: {} as ParkedAction };
    const events: object[] = [];

    beforeAll(async () => {
      Object.assign(late, { week: bank.park(), month: bank.park() });
      events.push(bank.event(late.month), bank.event(late.week));
      await publish([events[0]!]);
      await decidedOnce(late.month);
      await timePasses(25);
      await publish([events[1]!]);
      await decidedOnce(late.week);
      await timePasses(7);
      // forgets identities of more than thirty days when it starts
      second = await system.another('mfa-orchestrator');
    }, 90_000);

    it('design Events: delivered again a week later, and after a month when the identity is forgotten', async () => {
      const known = async () =>
        (
          await sql<{ event_id: string }>('SELECT event_id FROM inbox WHERE event_id = ANY($1)', [
            events.map((event) => (event as { id: string }).id),
          ])
        ).length;
      await waitFor(async () => (await known()) === 1, { what: 'the old identity to be forgotten' });
      const marker = bank.park();
      await publish(...events.map((event): [object, string] => [event, 'bank:late']));
      await publish([bank.event(marker), 'bank:late']);
      await decidedOnce(marker);
      await system.drained();
      await decidedOnce(late.week);
      await decidedOnce(late.month);
    }, 60_000);

    // 20 s are more than three session timeouts (6 s): the group has long moved on when it wakes. A full minute: npm run chaos -- --pause 60
    it('design Events: a process that is frozen for 20 s and wakes again does nothing twice', async () => {
      const first = system.processes['mfa-orchestrator'];
      const actions = Array.from({ length: 60 }, (_, at) =>
        bank.park({ name: at % 3 ? 'View' : 'ChangeAddress' }),
      );
      const batch = (from: number, to: number) =>
        publish(...actions.slice(from, to).map((action): [object] => [bank.event(action)]));
      await batch(0, 20);
      process.kill(first.pid, 'SIGSTOP');
      const frozenAt = performance.now();
      try {
        await batch(20, 40);
        // the other one takes over what the frozen one had, and decides
        const key = { key: bank.key };
        for (const { auditActionId } of actions.slice(20, 40).filter(({ name }) => name === 'View'))
          await waitFor(
            async () =>
              (await call(second.url, 'GET', `/apps/bank/v1/audit-actions/${auditActionId}`, key)).body
                .decision,
            { timeoutMs: 20_000, what: 'the other process to take over' },
          );
        await new Promise((resolve) => setTimeout(resolve, 20_000 - (performance.now() - frozenAt)));
      } finally {
        process.kill(first.pid, 'SIGCONT');
      }
      await batch(40, 60);
      for (const { username, name } of actions)
        if (name === 'ChangeAddress') await bank.prove(username, (await bank.challengeOf(username)).id);
      await system.drained(60_000);
      for (const action of actions) await decidedOnce(action);
    }, 120_000);
  });
});
