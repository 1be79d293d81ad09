import { describeKafka, waitFor } from '@countersign/testing';
import { subjectDigest } from '@countersign/contracts';
import { consoleProduce } from '../../src/console-producer.ts';
import { Bank } from '../../src/kafka-bank.ts';
import { type Ledger, openLedger, verifiedClaims } from '../../src/kafka-ledger.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

describeKafka('the main job on a real broker', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;
  const digestOf = ({ username, name, auditActionId, details }: ReturnType<Bank['park']>) =>
    subjectDigest({ appId: bank.appId, username, name, auditActionId, details });
  const decisionOn = async (id: string) =>
    waitFor(() => ledger.decisionsOn(id)[0], { timeoutMs: 20_000, what: 'the decision on mfa.decisions' });
  const produce = (keyed: boolean, ...lines: string[]) =>
    consoleProduce({ brokers, topic: system.topic('patrol.audit-actions'), keyed }, ...lines);

  beforeAll(async () => {
    system = await startKafkaSystem({ label: 'main job', brokers, prefix });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa.challenges', 'patrol.audit-actions');
  }, 120_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
  }, 60_000);

  it('seed main job: written by kafka-console-producer, proved on the page, released by a signed decision', async () => {
    const details = { street: 'Main Street 1', previous: null, since: [2024, 7], note: 'Zoë ❤ "€"' };
    const action = bank.park({ name: 'ChangeAddress', details });
    const digest = await digestOf(action);
    await produce(true, `bank:${action.username}\t${JSON.stringify(bank.event(action))}`);

    const challenge = await bank.challengeOf(action.username);
    expect(challenge.subjectDigest).toBe(digest);
    expect(challenge.mfaInfo).toMatchObject({
      mfa_context: 'event',
      audit_action_id: action.auditActionId,
      audit_action_name: 'ChangeAddress',
    });
    expect(ledger.decisionsOn(action.auditActionId)).toEqual([]);
    const done = await bank.prove(action.username, challenge.id);
    expect(done.accessToken).toBe('');

    const { data } = await decisionOn(action.auditActionId);
    expect(data.decision).toBe(done.payloadSignature);
    expect(data).toMatchObject({ outcome: 'allowed', challengeId: challenge.id, subjectDigest: digest });
    expect(await verifiedClaims(bank, data.decision)).toMatchObject({
      ...{ aud: 'bank', outcome: 'allowed', subject_digest: digest, amr: ['ext'] },
      ...{ audit_action_id: action.auditActionId, challenge_id: challenge.id },
    });
    expect(ledger.events('mfa.challenges', (event) => event.data.challengeId === challenge.id)).toMatchObject(
      [{ type: 'mfa.challenge.required.v1' }, { type: 'mfa.challenge.completed.v1' }],
    );
  }, 60_000);

  it('interface Topics: records without a key are worked on like any other', async () => {
    const actions = [bank.park(), bank.park({ name: 'ChangeAddress' })];
    await produce(false, ...actions.map((action) => JSON.stringify(bank.event(action))));
    const [quiet, asked] = actions as [(typeof actions)[0], (typeof actions)[0]];
    const { data } = await decisionOn(quiet.auditActionId);
    const claims = await verifiedClaims(bank, data.decision);
    expect(claims).toMatchObject({ outcome: 'not-required', subject_digest: await digestOf(quiet) });
    const { id } = await bank.challengeOf(asked.username);
    await bank.prove(asked.username, id);
    expect((await decisionOn(asked.auditActionId)).data.outcome).toBe('allowed');
  }, 60_000);

  it('interface Topics: a key of any form is taken, only another known application before the colon is refused', async () => {
    await Bank.open(system, 'other');
    const [own, unknown, foreign] = [bank.park(), bank.park(), bank.park()];
    const line = (key: string, action: typeof own) => `${key}\t${JSON.stringify(bank.event(action))}`;
    await produce(true, line('BANK:x', own), line('no-such-app:x', unknown), line('other:x', foreign));
    await decisionOn(own.auditActionId);
    await decisionOn(unknown.auditActionId);
    const dead = await waitFor(async () => (await deadLetters())[0]);
    expect(dead).toMatchObject({ reason: 'tenant-mismatch' });
    expect(ledger.decisionsOn(foreign.auditActionId)).toEqual([]);
  }, 60_000);

  it('design Events: trace and correlation travel from an event of the outside to the decision', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const action = bank.park();
    const event = bank.event(action, {
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      correlationid: 'order-4711',
    });
    await produce(false, JSON.stringify(event));
    const decision = await decisionOn(action.auditActionId);
    expect(decision).toMatchObject({ correlationid: 'order-4711', causationid: event.id });
    expect(decision.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
  }, 30_000);

  it('design Events: trace and correlation travel from HTTP over outbox, Kafka and inbox to the next event', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const action = bank.park();
    const headers = {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-correlation-id': 'page-42',
    };
    const answer = await bank.ask('POST', '/v1/audit-actions', action, { headers });
    expect([answer.status, answer.headers.get('x-correlation-id')]).toEqual([202, 'page-42']);
    const decision = await decisionOn(action.auditActionId);
    const [recorded] = ledger.events(
      'patrol.audit-actions',
      ({ data }) => data?.auditActionId === action.auditActionId,
    );
    expect(recorded).toMatchObject({ source: '/mfa-orchestrator', correlationid: 'page-42' });
    expect(decision).toMatchObject({ correlationid: 'page-42', causationid: recorded!.id });
    const traces = [recorded, decision].map((event) => event!.traceparent!.split('-'));
    expect(traces.map((trace) => trace[1])).toEqual([traceId, traceId]);
    expect(new Set([...traces.map((trace) => trace[2]), 'b7ad6b7169203331']).size).toBe(3);
  }, 30_000);

  const deadLetters = async () =>
    (await bank.ask('GET', '/v1/ops/mfa-orchestrator/dead-letters')).body.items as { reason: string }[];
});
