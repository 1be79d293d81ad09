import { describeKafka, waitFor } from '@countersign/testing';
import { Kafka, logLevel } from 'kafkajs';
import { Bank } from '../../src/kafka-bank.ts';
import { type Posted, postAuditActions } from '../../src/kafka-load.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';
import { isListening, runs } from '../../src/processes.ts';

describeKafka('SIGTERM under load', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;

  beforeAll(async () => {
    system = await startKafkaSystem({ label: 'shutdown', brokers, prefix });
    bank = await Bank.open(system);
  }, 120_000);
  afterAll(() => system?.close(), 60_000);

  const recorded = async (posted: Posted[]): Promise<Set<string>> => {
    const rows = await system.sql['mfa-orchestrator'].query<{ id: string }>(
      'SELECT audit_action_id AS id FROM audit_actions WHERE audit_action_id = ANY($1)',
      [posted.map(({ id }) => id)],
    );
    return new Set(rows.map(({ id }) => id));
  };
  const idsOf = (posted: Posted[]) => new Set(posted.map(({ id }) => id));

  /** Puts load on `base`, ends `name` in the middle of it, and answers what became of every request. */
  const endUnderLoad = async (name: 'mfa-orchestrator' | 'gateway', base: string) => {
    const process = system.processes[name];
    const { pid, port } = process;
    const load = postAuditActions(`${base}/apps/bank`, bank.key);
    await waitFor(() => load.sent() > 150, { timeoutMs: 30_000, what: 'load' });
    const began = performance.now();
    const code = await process.stop();
    const took = performance.now() - began;
    const posted = await load.stop();
    expect(code).toBe(0);
    expect(took).toBeLessThan(10_000);
    expect([runs(pid), await isListening(port)]).toEqual([false, false]);
    return posted;
  };

  it('toolchain Close order: no request that a service accepted fails, and it leaves nothing behind', async () => {
    const { url } = system.processes['mfa-orchestrator'];
    const posted = await endUnderLoad('mfa-orchestrator', url);
    const accepted = posted.filter(({ status }) => status === 202);
    const others = posted.filter(({ status }) => status !== 202);
    // whoever came too late was not let in, and knows it
    expect([...new Set(others.map(({ status }) => status))].filter((status) => status !== undefined)).toEqual(
      [],
    );
    // each request that had an effect was answered, each that was answered has had its effect
    expect(await recorded(posted)).toEqual(idsOf(accepted));

    const [left] = await system.sql['mfa-orchestrator'].query<{ n: string }>(
      `SELECT count(*) n FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'mfa-orchestrator'`,
    );
    expect(left!.n).toBe('0');
    const admin = new Kafka({ clientId: 'operator', brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([`${prefix}mfa-orchestrator`]);
    await admin.disconnect();
    expect(groups[0]).toMatchObject({ state: 'Empty', members: [] });
  }, 60_000);

  it('design: what it had taken is decided by the next one, at once: no session timeout to wait for', async () => {
    const began = performance.now();
    await system.processes['mfa-orchestrator'].restart();
    await system.drained();
    const [row] = await system.sql['mfa-orchestrator'].query<{ actions: string; decisions: string }>(
      'SELECT (SELECT count(*) FROM audit_actions) AS actions, (SELECT count(*) FROM decisions) AS decisions',
    );
    expect(row!.decisions).toBe(row!.actions);
    expect(performance.now() - began).toBeLessThan(30_000);
  }, 60_000);

  it('interface: neither does one that the gateway let in', async () => {
    const posted = await endUnderLoad('gateway', system.gateway);
    const accepted = posted.filter(({ status }) => status === 202);
    const refused = posted.filter(({ status }) => status !== undefined && status !== 202);
    expect(refused).toEqual([]);
    expect(await recorded(posted)).toEqual(idsOf(accepted));
    await system.processes.gateway.restart();
  }, 60_000);

  it('design: a service behind the gateway ends: every answer is 202, or 503 and may be asked again', async () => {
    const load = postAuditActions(`${system.gateway}/apps/bank`, bank.key);
    await waitFor(() => load.sent() > 100, { timeoutMs: 30_000, what: 'load' });
    expect(await system.processes['mfa-orchestrator'].stop()).toBe(0);
    const before = load.sent();
    await waitFor(() => load.sent() > before + 20, { what: 'requests to nobody' });
    await system.processes['mfa-orchestrator'].restart();
    const again = load.sent();
    await waitFor(() => load.sent() > again + 50, { timeoutMs: 30_000, what: 'load' });
    const posted = await load.stop();
    expect(new Set(posted.map(({ status }) => status))).toEqual(new Set([202, 503]));
    const accepted = idsOf(posted.filter(({ status }) => status === 202));
    const effects = await recorded(posted);
    expect([...accepted].filter((id) => !effects.has(id))).toEqual([]);
    expect([...effects].filter((id) => !accepted.has(id))).toEqual([]);
  }, 60_000);
});
