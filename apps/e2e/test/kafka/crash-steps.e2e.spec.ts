import { describeKafka, waitFor } from '@countersign/testing';
import { Bank, type BegunFlow } from '../../src/kafka-bank.ts';
import { bodyOf, type CallAnswer } from '../../src/kafka-call.ts';
import { type Ledger, openLedger, verifiedClaims } from '../../src/kafka-ledger.ts';
import { type KafkaSystem, startKafkaSystem, type SystemService } from '../../src/kafka-system.ts';

/** The windows within the step that shows an external token: who dies, where, in which kind of flow. */
const WINDOWS: [service: SystemService, label: string, context: 'login' | 'transaction'][] = [
  ['token-service', 'redeem-before-answer', 'login'],
  ['token-service', 'redeem-before-answer', 'transaction'],
  ['mfa-orchestrator', 'redeem-before-completion', 'login'],
  ['mfa-orchestrator', 'redeem-before-completion', 'transaction'],
  ['mfa-orchestrator', 'completing-before-token-fetch', 'login'],
  ['mfa-orchestrator', 'token-fetch-before-completed', 'login'],
  ['mfa-orchestrator', 'completed-before-answer', 'login'],
];

describeKafka('kill -9 within a step of the user', ({ brokers, prefix }) => {
  let system: KafkaSystem;
  let bank: Bank;
  let ledger: Ledger;

  beforeAll(async () => {
    // the step needs no consumer, so nobody waits for the group
    system = await startKafkaSystem({ label: 'crash steps', brokers, prefix, ready: '/healthz' });
    bank = await Bank.open(system);
    ledger = await openLedger(system, 'mfa.decisions', 'mfa.flows', 'token.external-tokens');
  }, 120_000);
  afterAll(async () => {
    await ledger?.close();
    await system?.close();
  }, 60_000);

  const armed = new Set<SystemService>();
  const arm = async (service: SystemService, label: string) => {
    armed.add(service);
    await system.processes[service].restart({ CRASH_AT: label });
  };
  const disarm = async (service: SystemService) => {
    await system.processes[service].restart({ CRASH_AT: '' });
    armed.delete(service);
  };
  // a test that failed half way must not leave its mine to the next one
  afterEach(async () => {
    for (const service of armed) await disarm(service);
  }, 60_000);

  const begin = async (username: string, context: string): Promise<BegunFlow & { challengeId?: string }> => {
    if (context === 'login') return bank.begin(username);
    const { id, beginTicket } = await bank.demand(username);
    return { ...(await bank.begin(username, beginTicket)), challengeId: id };
  };
  /** ES256 signs the same words differently each time; tokens are the same by all they say, `jti` included. */
  const unsigned = (body: Record<string, string>) => {
    const said = (token = '') => token.split('.').slice(0, 2).join('.');
    return { ...body, accessToken: said(body.accessToken), idToken: said(body.idToken) } as Record<
      string,
      string
    >;
  };
  /** Events of one flow: what each topic says of it, by type. */
  const said = (flowId: string) =>
    ['mfa.flows', 'token.external-tokens'].flatMap((topic) =>
      ledger.events(topic, ({ data }) => data.flowId === flowId).map(({ type }) => type),
    );

  it.each(WINDOWS)(
    'design Lost answers: %s killed at %s (%s): the repeated step gets one and the same answer',
    async (service, label, context) => {
      await arm(service, label);
      const username = `user-${crypto.randomUUID()}`;
      const flow = await begin(username, context);
      const token = await bank.vouch(username, flow.flowId);
      const lost = await bank.verify(flow, token);
      expect([lost.status, lost.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await system.processes[service].exited()).toBeNull();
      await disarm(service);

      const answers: CallAnswer[] = [];
      for (let repeat = 0; repeat < 3; repeat++) answers.push(await bank.verify(flow, token));
      const bodies = answers.map((answer) => unsigned(bodyOf(answer)));
      expect(bodies[1]).toEqual(bodies[0]);
      expect(bodies[2]).toEqual(bodies[0]);
      expect(Boolean(bodies[0]!.accessToken)).toBe(context === 'login');

      // the token is spent: no other flow of the user may have it, and nothing else fits the old session
      const another = await begin(username, context);
      expect((await bank.verify(another, token)).status).toBe(401);
      expect((await bank.verify(flow, 'x'.repeat(43))).status).toBe(401);

      await waitFor(() => said(flow.flowId).includes('mfa.flow.completed.v1'), {
        what: 'the end of the flow',
      });
      await system.drained();
      // published is not yet read: the ledger is a consumer like any other
      await waitFor(() => said(flow.flowId).length >= 5, { what: 'the ledger to have read the rest' });
      expect(said(flow.flowId).sort()).toEqual([
        'mfa.flow.completed.v1',
        'mfa.flow.factor-verified.v1',
        'mfa.flow.started.v1',
        'token.external-token.issued.v1',
        'token.external-token.redeemed.v1',
      ]);
      const [issued] = await system.sql['token-service'].query<{ n: string }>(
        'SELECT count(*) n FROM issued_tokens WHERE flow_id = $1',
        [flow.flowId],
      );
      expect(issued!.n).toBe(context === 'login' ? '1' : '0');
      if (!flow.challengeId) return;
      const [decision, ...more] = ledger.decisionsOn(flow.challengeId);
      expect([decision!.data.decision, more]).toEqual([bodies[0]!.payloadSignature, []]);
      expect(await verifiedClaims(bank, decision!.data.decision)).toMatchObject({ outcome: 'allowed' });
    },
    60_000,
  );

  it('design States: nobody repeats the step: a timer takes the flow up and completes it', async () => {
    await arm('mfa-orchestrator', 'completing-before-token-fetch');
    const username = `user-${crypto.randomUUID()}`;
    const flow = await bank.begin(username);
    await bank.verify(flow, await bank.vouch(username, flow.flowId));
    await system.processes['mfa-orchestrator'].exited();
    await disarm('mfa-orchestrator');
    const completed = () => said(flow.flowId).filter((type) => type === 'mfa.flow.completed.v1');
    await waitFor(() => completed().length > 0, {
      timeoutMs: 20_000,
      what: 'the timer to complete the flow',
    });
    await system.drained();
    expect(completed()).toHaveLength(1);
  }, 60_000);
});
