import { provisionTopics } from '@countersign/messaging';
import { describeKafka, waitFor } from '@countersign/testing';
import { Bank } from '../../src/kafka-bank.ts';
import { bodyOf, call } from '../../src/kafka-call.ts';
import { type Ledger, openLedger } from '../../src/kafka-ledger.ts';
import { type OwnServer, ownBroker } from '../../src/kafka-servers.ts';
import { isReady, type KafkaSystem, SERVICE_NAMES, startKafkaSystem } from '../../src/kafka-system.ts';

describeKafka('Kafka is down for a while', () => {
  let broker: OwnServer;
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger | undefined;
  const users = Array.from({ length: 4 }, (_, at) => `user-${at}`);
  const posted = { auditActionId: 'posted-while-down', name: 'ViewStatement', username: 'user-0' };
  const demanded: { id: string; decision: string }[] = [];

  beforeAll(async () => {
    // one of its own: it is taken away
    broker = await ownBroker();
    await waitFor(() => provisionTopics([broker.at]), {
      timeoutMs: 60_000,
      what: 'the broker to take topics',
    });
    const env = Object.fromEntries(SERVICE_NAMES.map((name) => [name, { LOG_LEVEL: 'error' }]));
    system = await startKafkaSystem({ label: 'kafka down', brokers: [broker.at], prefix: '', env });
    bank = await Bank.open(system);
    await system.drained();
    await broker.stop();
  }, 180_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
    await broker?.close();
  }, 60_000);

  /** What must not wait: the time of the slowest is answered, in milliseconds. */
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };

  it('design: no interactive login waits for Kafka', async () => {
    const took: number[] = [];
    for (const user of users)
      took.push(await timed(async () => expect((await bank.login(user)).tokens.accessToken).toMatch(/^ey/)));
    // three requests each; a single try to reach the broker would take a second
    expect(Math.max(...took)).toBeLessThan(2_000);
  }, 30_000);

  it('design: transaction MFA over REST goes on, its decision is handed to the page', async () => {
    for (const user of users) {
      const { id, beginTicket } = await bank.demand(user);
      const flow = await bank.begin(user, beginTicket);
      const done = bodyOf(await bank.verify(flow, await bank.vouch(user, flow.flowId)));
      demanded.push({ id, decision: done.payloadSignature });
    }
    const { body } = await bank.ask('GET', `/v1/challenges/${demanded[0]!.id}`);
    expect(body).toMatchObject({ status: 'completed', decision: demanded[0]!.decision });
  }, 30_000);

  it('interface: a POSTed audit action is taken; its decision has to wait', async () => {
    expect((await bank.ask('POST', '/v1/audit-actions', posted)).status).toBe(202);
    const { body } = await bank.ask('GET', `/v1/audit-actions/${posted.auditActionId}`);
    expect([body.status, body.decision]).toEqual(['recorded', undefined]);
  }, 30_000);

  it('design: revoking a key works within a second, on every service', async () => {
    const { key, keyId } = bodyOf(
      await bank.ask('POST', '/v1/api-keys', { scopes: ['challenge:read'] }),
      201,
    );
    const use = async () => (await bank.ask('GET', '/v1/challenges', undefined, { key })).status;
    expect(await use()).toBe(200);
    expect((await bank.ask('DELETE', `/v1/api-keys/${keyId}`)).status).toBe(204);
    const took = await timed(() =>
      waitFor(async () => (await use()) === 401, { what: 'the key to be refused' }),
    );
    expect(took).toBeLessThan(1_000);
  }, 30_000);

  it('design: a service that starts meanwhile serves REST and says that it is not ready', async () => {
    const messaging = async () =>
      (await call(system.processes['mfa-orchestrator'].url, 'GET', '/readyz')).body.checks.messaging;
    await waitFor(async () => (await messaging()) === false, {
      timeoutMs: 20_000,
      what: 'the outage to show',
    });
    const { processes } = system;
    await processes['mfa-orchestrator'].kill9();
    const restarted = processes['mfa-orchestrator'].restart({}); // ready only when the broker is back
    await waitFor(
      async () => (await call(processes['mfa-orchestrator'].url, 'GET', '/healthz')).status === 200,
      {
        timeoutMs: 30_000,
      },
    );
    expect((await bank.login('late')).tokens.accessToken).toMatch(/^ey/);
    await broker.start();
    await restarted;
  }, 120_000);

  it('design Events: the outbox drains afterwards: nothing lost, in order per key', async () => {
    ledger = await openLedger(
      system,
      'mfa.decisions',
      'mfa.flows',
      'mfa.challenges',
      'token.external-tokens',
    );
    await system.drained(60_000);
    expect((await bank.decided(posted.auditActionId)).outcome).toBe('not-required');
    for (const { id, decision } of demanded) {
      await waitFor(() => ledger!.decisionsOn(id)[0], { what: 'the decision on the topic' });
      expect(ledger.decisionsOn(id).map(({ data }) => data.decision)).toEqual([decision]);
    }
    await expectEverythingInOrder(ledger);
    await waitFor(() => isReady(system.gateway), { timeoutMs: 30_000, what: 'everybody to be ready again' });
  }, 120_000);

  it('design Events: a restart of the broker under load loses nothing and repeats no effect', async () => {
    const reads = ledger!;
    const actions = Array.from({ length: 120 }, () => bank.park());
    const publishing = (async () => {
      for (const action of actions) {
        const posted = () => bank.ask('POST', '/v1/audit-actions', action);
        expect((await posted()).status).toBe(202);
      }
    })();
    await broker.stop();
    await broker.start();
    await publishing;
    for (const { auditActionId } of actions) await bank.decided(auditActionId, 60_000);
    await system.drained(60_000);
    await waitFor(() => actions.every(({ auditActionId }) => reads.decisionsOn(auditActionId).length > 0), {
      timeoutMs: 30_000,
      what: 'all decisions on the topic',
    });
    for (const { auditActionId } of actions) expect(reads.decisionsOn(auditActionId)).toHaveLength(1);
    await expectEverythingInOrder(reads);
  }, 180_000);

  /** Every row of every outbox is on its topic, and the rows of a key stand there in the order of the outbox. */
  async function expectEverythingInOrder({ records }: Ledger): Promise<void> {
    for (const name of ['mfa-orchestrator', 'token-service'] as const) {
      const rows = await system.sql[name].query<{ topic: string; key: string; id: string }>(
        `SELECT topic, key, convert_from(body, 'UTF8')::jsonb->>'id' AS id FROM outbox
         WHERE topic = ANY($1) ORDER BY seq`,
        [Object.keys(records)],
      );
      const written = Map.groupBy(rows, ({ topic, key }) => `${topic} ${key}`);
      for (const [place, group] of written) {
        const [topic, key] = [group[0]!.topic, group[0]!.key];
        const ids = () => [
          ...new Set(
            records[topic]!.filter((record) => record.key === key).map(({ value }) => JSON.parse(value!).id),
          ),
        ];
        await waitFor(() => ids().length >= group.length, { what: `all of ${place}` });
        expect([place, ids()]).toEqual([place, group.map(({ id }) => id)]);
      }
    }
  }
});
