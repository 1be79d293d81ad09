import { describeKafka, waitFor } from '@countersign/testing';
import { Bank, type ParkedAction } from '../../src/kafka-bank.ts';
import { call } from '../../src/kafka-call.ts';
import { type Ledger, openLedger } from '../../src/kafka-ledger.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

interface Letter {
  id: string;
  topic: string;
  partition: number;
  offset: string;
  reason: string;
}

/** Everything of one lane has one key, so it lies in one partition. */
const LANE = 'bank:lane';

describeKafka('poison on the real topic', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;
  const at =
    (key: string) =>
    (method: string, path = '') =>
      call(system.gateway, method, `/v1/ops/mfa-orchestrator/dead-letters${path}`, { key });
  const letters = async (key: string) => (await at(key)('GET', '?limit=200')).body.items as Letter[];
  const notices = () =>
    ledger.records['mfa-orchestrator.dead']!.map(({ value }) => JSON.parse(value!)) as (Letter & {
      inboxId: string;
      body?: string;
      appid?: string;
    })[];
  const write = (...values: (string | Buffer | null)[]) =>
    ledger.door.produce(
      system.topic('patrol.audit-actions'),
      ...values.map((value) => ({ key: LANE, value })),
    );
  const text = (action: ParkedAction, over: Record<string, unknown> = {}) =>
    JSON.stringify(bank.event(action, over));

  beforeAll(async () => {
    system = await startKafkaSystem({ label: 'poison', brokers, prefix });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa-orchestrator.dead');
  }, 120_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
  }, 60_000);

  const CASES: [
    reason: string,
    what: string,
    owner: 'platform' | 'bank',
    value: () => string | Buffer | null,
  ][] = [
    ['not-json', 'no JSON', 'platform', () => 'ChangeAddress;dana;now'],
    ['not-json', 'bytes that are no UTF-8', 'platform', () => Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
    ['empty', 'no bytes at all', 'platform', () => ''],
    ['tombstone', 'a tombstone', 'platform', () => null],
    ['too-large', 'five megabytes', 'platform', () => text(bank.park({ details: 'x'.repeat(5_000_000) }))],
    ['nul', 'an escaped NUL', 'platform', () => text(bank.park({ details: 'a\0b' }))],
    ['nul', 'a NUL byte', 'platform', () => Buffer.from('{"specversion":"1.0"}\0')],
    ['schema', 'no CloudEvent', 'platform', () => '{"hello":"world"}'],
    ['schema', 'wrong data', 'bank', () => text({ ...bank.park(), name: 5 } as unknown as ParkedAction)],
    [
      'unknown-type',
      'a type nobody knows',
      'bank',
      () => text(bank.park(), { type: 'bank.loan.granted.v1' }),
    ],
    [
      'unknown-version',
      'an unknown major version',
      'bank',
      () => text(bank.park(), { type: 'patrol.audit-action.recorded.v9' }),
    ],
    [
      'unknown-type',
      'our own event from outside',
      'bank',
      () => text(bank.park(), { type: 'mfa.decision.made.v1' }),
    ],
    [
      'unknown-application',
      'an unknown application',
      'platform',
      () => text(bank.park(), { appid: 'nobody' }),
    ],
    [
      'unknown-application',
      'the platform itself',
      'platform',
      () => text(bank.park(), { appid: 'platform' }),
    ],
    ['subject-mismatch', 'another subject than user', 'bank', () => text(bank.park(), { subject: 'eve' })],
    ['time-in-future', 'from the future', 'bank', () => text(bank.park(), { time: '2999-01-01T00:00:00Z' })],
  ];

  it.each(CASES)(
    'design Events: %s (%s): told within 2 s, listed for its owner alone, the next event unaffected',
    async (reason, _what, owner, value) => {
      const before = notices().length;
      const next = bank.park();
      await write(value(), text(next));
      const began = performance.now();
      const notice = await waitFor(() => notices()[before], {
        timeoutMs: 10_000,
        everyMs: 5,
        what: 'the notice',
      });
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(notice).toMatchObject({ reason, topic: 'patrol.audit-actions' });
      const { outcome } = await bank.decided(next.auditActionId);
      expect(outcome).toBe('not-required');

      const keys = { platform: system.platformKey, bank: bank.key };
      const place = ({ topic, partition, offset }: Letter) => ({ topic, partition, offset });
      const [letter] = await letters(keys[owner]);
      expect(letter).toMatchObject({ ...place(notice), reason, id: notice.inboxId });
      const others = await letters(keys[owner === 'bank' ? 'platform' : 'bank']);
      expect(others.filter(({ id }) => id === letter!.id)).toEqual([]);
      // its body is quoted only where it could not be parsed, and then only a reasonable one
      expect(notice.body !== undefined).toBe(
        ['not-json', 'nul', 'schema'].includes(reason) && owner === 'platform',
      );
    },
    30_000,
  );

  it('design Events: a repaired cause, replayed twice: one effect; never beyond the rights of the caller', async () => {
    const action = bank.park({ name: 'ViewStatement' });
    const before = notices().length;
    await ledger.door.produce(system.topic('patrol.audit-actions'), {
      value: text(action, { appid: 'late-app' }),
    });
    const { inboxId } = await waitFor(() => notices()[before], { what: 'the notice' });
    const dead = (await letters(system.platformKey)).find(({ id }) => id === inboxId)!;
    const platform = at(system.platformKey);
    const late = await Bank.open(system, 'late-app');
    expect((await at(late.key)('POST', `/${dead.id}/replay`)).status).toBe(404);
    expect((await at(bank.key)('DELETE', `/${dead.id}`)).status).toBe(404);

    // services may not know of a new application for a second: until then it dies again, and is replayed again
    const replay = async () => expect((await platform('POST', `/${dead.id}/replay`)).status).toBe(204);
    const decided = async () =>
      (await late.ask('GET', `/v1/audit-actions/${action.auditActionId}`)).body.decision;
    await waitFor(async () => (await replay(), await replay(), await decided()), { everyMs: 250 });
    await replay();
    await system.drained();
    await waitFor(() => ledger.decisionsOn(action.auditActionId)[0], { what: 'the decision' });
    expect(ledger.decisionsOn(action.auditActionId)).toHaveLength(1);
    expect((await letters(system.platformKey)).some(({ id }) => id === dead.id)).toBe(false);
  }, 40_000);

  it('design Events: what is still wrong dies again when replayed; what cannot be parsed is not replayed', async () => {
    const own = at(bank.key);
    const wrong = (await letters(bank.key)).find(({ reason }) => reason === 'unknown-version')!;
    const before = notices().length;
    expect((await own('POST', `/${wrong.id}/replay`)).status).toBe(204);
    await waitFor(async () => (await letters(bank.key)).some(({ id }) => id === wrong.id), {
      what: 'it again',
    });
    await waitFor(() => notices().length > before, { what: 'the notice of it' });
    const unreadable = (await letters(system.platformKey)).find(({ reason }) => reason === 'not-json')!;
    const refused = await at(system.platformKey)('POST', `/${unreadable.id}/replay`);
    expect([refused.status, refused.body.code]).toEqual([409, 'ops/dead-letter-unreplayable']);
  }, 30_000);

  it('design Events: discarded: gone from the list, and a repeat of it stays gone', async () => {
    const value = text(bank.park(), { type: 'bank.loan.granted.v1' });
    const before = notices().length;
    await write(value);
    const { inboxId } = await waitFor(() => notices()[before], { what: 'the notice' });
    const own = at(bank.key);
    expect((await own('DELETE', `/${inboxId}`)).status).toBe(204);
    expect((await own('DELETE', `/${inboxId}`)).status).toBe(404);
    expect((await own('POST', `/${inboxId}/replay`)).status).toBe(404);
    const next = bank.park();
    await write(value, text(next));
    await bank.decided(next.auditActionId);
    await system.drained();
    expect((await letters(bank.key)).some(({ id }) => id === inboxId)).toBe(false);
    expect(notices()).toHaveLength(before + 1);
  }, 30_000);
});
