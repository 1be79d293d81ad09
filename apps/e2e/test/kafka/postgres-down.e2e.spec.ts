import { describeKafka, waitFor } from '@countersign/testing';
import { Bank } from '../../src/kafka-bank.ts';
import { call, type CallAnswer } from '../../src/kafka-call.ts';
import { type Ledger, openLedger } from '../../src/kafka-ledger.ts';
import { type OwnServer, ownPostgres } from '../../src/kafka-servers.ts';
import { isReady, type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

describeKafka('Postgres is down for a while', ({ brokers, prefix }) => {
  let postgres: OwnServer;
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;

  beforeAll(async () => {
    // one of its own: it is taken away
    postgres = await ownPostgres();
    system = await startKafkaSystem({ label: 'down', brokers, prefix, databaseServer: postgres.at });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa.flows');
  }, 180_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
    await postgres?.close();
  }, 60_000);

  const pids = () => Object.values(system.processes).map(({ pid }) => pid);

  it('RFC 9110 §15.6.4: every kind of door answers 503 with Retry-After, within a second', async () => {
    const flow = await bank.begin('dana');
    const token = await bank.vouch('dana', flow.flowId);
    const before = pids();
    await postgres.stop();
    const doors: [what: string, ask: () => Promise<CallAnswer>][] = [
      ['open: begin', () => bank.page('/fido2/v2/mfa/begin', { user: { username: 'dana' } })],
      ['session: verify', () => bank.verify(flow, token)],
      [
        'session: current',
        () => bank.ask('GET', '/v1/flows/current', undefined, { key: '', authorization: flow.session }),
      ],
      ['key: rules', () => bank.ask('GET', '/v1/patrol-rules')],
      ['key: challenge', () => bank.ask('POST', '/v1/challenges', challenge)],
      ['key: audit action', () => bank.ask('POST', '/v1/audit-actions', bank.park())],
      ['key: grant', () => bank.ask('POST', '/fido2/v2/mgmt/grant/external-auth', { username: 'dana' })],
      ['key: keys', () => bank.ask('GET', '/v1/api-keys')],
      [
        'key: applications',
        () => call(system.gateway, 'GET', '/v1/applications', { key: system.platformKey }),
      ],
      ['key: identifiers', () => bank.ask('GET', '/v1/sso-identifiers/dana')],
      ['key: dead letters', () => bank.ask('GET', '/v1/ops/token-service/dead-letters')],
      ['around the gateway', () => call(direct(), 'GET', '/apps/bank/v1/patrol-rules', { key: bank.key })],
    ];
    // the first round meets dead connections in the pools, the second a server that refuses
    for (let round = 1; round <= 2; round++)
      for (const [what, ask] of doors) {
        const began = performance.now();
        const { status, headers, body } = await ask();
        expect([what, status, headers.get('retry-after')]).toEqual([what, 503, '1']);
        expect([what, performance.now() - began < 1_000]).toEqual([what, true]);
        expect(JSON.stringify(body)).not.toMatch(/postgres|ECONN|57P0|sql/i);
      }
    expect((await call(system.gateway, 'GET', '/healthz')).status).toBe(200);
    expect(await isReady(system.gateway)).toBe(false);

    // what comes by Kafka meanwhile is not lost
    const action = bank.park();
    await ledger.door.produce(system.topic('patrol.audit-actions'), {
      value: JSON.stringify(bank.event(action)),
    });
    await postgres.start();
    await waitFor(() => isReady(system.gateway), { timeoutMs: 30_000, what: 'everybody to be ready again' });
    expect((await bank.decided(action.auditActionId)).outcome).toBe('not-required');
    expect((await bank.verify(flow, token)).status).toBe(200); // the flow and its token have outlived it
    expect(pids()).toEqual(before);
  }, 120_000);
  const challenge = { context: 'transaction', username: 'dana', transactionIds: ['t1'] };
  const direct = () => system.processes['mfa-orchestrator'].url;

  it('design: taken away in the middle of steps: nothing half done, every step can be repeated', async () => {
    const users = Array.from({ length: 24 }, (_, at) => `user-${at}`);
    const steps: { challengeId: string; repeat: () => Promise<CallAnswer> }[] = [];
    for (const user of users) {
      const { id, beginTicket } = await bank.demand(user);
      const flow = await bank.begin(user, beginTicket);
      const token = await bank.vouch(user, flow.flowId);
      steps.push({ challengeId: id, repeat: () => bank.verify(flow, token) });
    }
    const under = steps.map(({ repeat }, at) =>
      new Promise((resolve) => setTimeout(resolve, at * 8)).then(() => repeat()),
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    await postgres.stop();
    const first = await Promise.all(under);
    expect(
      [...new Set(first.map(({ status }) => status))].every((status) => [200, 503].includes(status)),
    ).toBe(true);
    expect(first.some(({ status }) => status === 503)).toBe(true); // it was away in time
    await postgres.start();
    await waitFor(() => isReady(system.gateway), { timeoutMs: 30_000, what: 'everybody to be ready again' });

    const answers = await Promise.all(steps.map(({ repeat }) => repeat()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    first.forEach(({ status, body }, at) => status === 200 && expect(answers[at]!.body).toEqual(body));
    await system.drained();
    for (const [at, { challengeId }] of steps.entries()) {
      await waitFor(() => ledger.decisionsOn(challengeId)[0], { what: 'the decision on the topic' });
      const decisions = ledger.decisionsOn(challengeId).map(({ data }) => data.decision);
      expect(decisions).toEqual([answers[at]!.body.payloadSignature]);
    }
    expect(await halfDone()).toEqual({ completing: '0', unproved: '0', undecided: '0', redeemed: '24' });
  }, 120_000);

  /** What a step that was cut in two would leave behind. */
  async function halfDone() {
    const [flows] = await system.sql['mfa-orchestrator'].query<Record<string, string>>(
      `SELECT (SELECT count(*) FROM flows WHERE status = 'completing') AS completing,
         (SELECT count(*) FROM flows f WHERE status = 'completed'
           AND NOT EXISTS (SELECT 1 FROM proofs p WHERE p.flow_id = f.id)) AS unproved,
         (SELECT count(*) FROM challenges c WHERE status <> 'pending'
           AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.challenge_id = c.id)) AS undecided`,
    );
    const [tokens] = await system.sql['token-service'].query<Record<string, string>>(
      `SELECT count(*) AS redeemed FROM external_tokens WHERE consumed_at IS NOT NULL AND challenge_id IS NOT NULL`,
    );
    return { ...flows, ...tokens };
  }
});
