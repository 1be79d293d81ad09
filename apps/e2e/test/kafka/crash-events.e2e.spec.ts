import { describeKafka, waitFor } from '@countersign/testing';
import { Bank } from '../../src/kafka-bank.ts';
import { type Ledger, openLedger } from '../../src/kafka-ledger.ts';
import { type KafkaSystem, startKafkaSystem } from '../../src/kafka-system.ts';

/** The windows between an event's arrival and its effects' publication. */
const WINDOWS = [
  'inbox-commit-before-offset-commit',
  'handler-before-commit',
  'handler-after-commit',
  'publish-before-mark',
];

describeKafka('kill -9 between an event and its effects', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;

  beforeAll(async () => {
    system = await startKafkaSystem({ label: 'crash events', brokers, prefix });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa.challenges');
  }, 120_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
  }, 60_000);

  it.each(WINDOWS)(
    'design Events: killed at %s: exactly one decision, none lost, none twice',
    async (label) => {
      const orchestrator = system.processes['mfa-orchestrator'];
      await system.drained();
      // it leaves the group by itself, so that arming costs no session timeout
      await orchestrator.stop();
      await orchestrator.restart({ CRASH_AT: label });

      const actions = Array.from({ length: 8 }, (_, at) =>
        bank.park({ name: at % 2 ? 'ChangeAddress' : 'View' }),
      );
      const records = actions.map((action) => ({
        key: `bank:${action.username}`,
        value: JSON.stringify(bank.event(action)),
      }));
      await ledger.door.produce(system.topic('patrol.audit-actions'), ...records);
      expect(await orchestrator.exited()).toBeNull(); // ended by a signal, not by itself
      await orchestrator.restart({ CRASH_AT: '' });

      for (const { username, name } of actions)
        if (name === 'ChangeAddress') await bank.prove(username, (await bank.challengeOf(username)).id);
      await system.drained();
      for (const { auditActionId, name } of actions) {
        const { decision, outcome } = await bank.decided(auditActionId);
        expect(outcome).toBe(name === 'View' ? 'not-required' : 'allowed');
        await waitFor(() => ledger.decisionsOn(auditActionId)[0], { what: 'the decision on the topic' });
        expect(ledger.decisionsOn(auditActionId).map(({ data }) => data.decision)).toEqual([decision]);
        const asked = () =>
          ledger.events('mfa.challenges', ({ type, data }) =>
            Boolean(type === 'mfa.challenge.required.v1' && data.auditActionId === auditActionId),
          ).length;
        // another topic than the decision's: it may be read later
        const most = name === 'View' ? 0 : 1;
        await waitFor(() => asked() >= most, { what: 'the challenge on the topic' });
        expect(asked()).toBe(most);
      }
      const [row] = await system.sql['mfa-orchestrator'].query<{ decided: string; dead: string }>(
        `SELECT (SELECT count(*) FROM decisions WHERE audit_action_id = ANY($1)) AS decided,
           (SELECT count(*) FROM inbox WHERE status = 'dead') AS dead`,
        [actions.map(({ auditActionId }) => auditActionId)],
      );
      expect(row).toEqual({ decided: '8', dead: '0' });
    },
    90_000,
  );
});
