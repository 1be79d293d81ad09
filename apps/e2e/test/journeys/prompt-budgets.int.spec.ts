import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { System } from '../../src/system.ts';

describe('design, budgets against fatigue', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('budgets');
    bank = await system.bank();
    await bank.rule({ name: 'address', auditAction: 'Change*' });
  });
  afterAll(() => system?.close());

  /** Time passes for what a user was asked. */
  const age = (username: string, interval: string) =>
    system.rows(
      'mfa-orchestrator',
      `UPDATE challenges SET created_at = created_at - $2::interval, ended_at = ended_at - $2::interval
       WHERE username_key = $1 AND app_id = $3`,
      [username, interval, bank.appId],
    );
  const expectDenied = async (username: string, reason: string) => {
    const decided = await bank.auditDecided(bank.action(username));
    expect([decided.outcome, decided.challengeId]).toEqual(['denied', undefined]);
    expect(decided.because).toEqual(expect.arrayContaining(['challenge-budget', reason, 'rule:address']));
  };
  const allow = async (username: string, times: number) => {
    for (let n = 0; n < times; n++) await bank.approve(await bank.challenged(bank.action(username)));
  };

  it('EV-07: the sixth challenge of an hour and the eleventh of a day are denied, and nobody is prompted', async () => {
    await allow('ann', 5);
    await expectDenied('ann', 'challenge-budget:hour');
    // another user, and an action no rule matches, have their own way
    expect((await bank.challenged(bank.action('bob'))).status).toBe('pending');
    expect((await bank.auditDecided(bank.action('ann', { name: 'View' }))).outcome).toBe('not-required');
    await age('ann', '61 minutes');
    await allow('ann', 5);
    await age('ann', '61 minutes');
    await expectDenied('ann', 'challenge-budget:day');
    await age('ann', '1 day');
    expect((await bank.challenged(bank.action('ann'))).status).toBe('pending');
  });

  it('the budget is of the user over all rules and spellings, and a pending challenge counts', async () => {
    const spellings = ['Carl', 'carl', ' CARL ', 'cArl', 'carL'];
    for (const [n, username] of spellings.entries())
      await bank.challenged(bank.action(username, { name: `Change${n}` }));
    await expectDenied('carl', 'challenge-budget:hour');
  });

  it('back-off: from the second denied or expired challenge in a row there is silence, doubling; a completed one ends it', async () => {
    const leave = async () => {
      const challenge = await bank.challenged(bank.action('dana'));
      await system.rows('mfa-orchestrator', 'UPDATE challenges SET expires_at = now() WHERE id = $1', [
        challenge.id,
      ]);
      await bank.decided(challenge.mfaInfo.audit_action_id);
    };
    await leave();
    await leave();
    await expectDenied('dana', 'challenge-budget:back-off');
    await age('dana', '61 seconds');
    await leave();
    await age('dana', '61 seconds');
    await expectDenied('dana', 'challenge-budget:back-off');
    await age('dana', '60 seconds');
    await allow('dana', 1);
    expect((await bank.challenged(bank.action('dana'))).status).toBe('pending');
  });

  it('cancelled challenges are no reason for silence', async () => {
    for (let n = 0; n < 3; n++) {
      const { id } = await bank.challenged(bank.action('emma'));
      expectStatus(await bank.api('POST', `/v1/challenges/${id}/cancel`), 200);
    }
    expect((await bank.challenged(bank.action('emma'))).status).toBe('pending');
  });

  it('transactions have a budget of their own; beyond it the challenge is denied at once, without a ticket', async () => {
    const small = await system.bank({ settings: { budgets: { transactionChallengesPerHour: 2 } } });
    for (let n = 0; n < 2; n++) expect((await small.transaction('fred')).status).toBe('pending');
    const third = await small.transaction('fred');
    expect([third.status, third.beginTicket, third.because]).toEqual([
      'denied',
      undefined,
      ['challenge-budget', 'challenge-budget:hour'],
    ]);
    expect(third.decision).toEqual(expect.any(String));
    await system.settled();
    const events = system.bus.events('mfa.decision.made.v1', { challengeId: third.id });
    expect(events.map(({ data }) => data.outcome)).toEqual(['denied']);
    // an event challenge is not counted among them
    await small.rule({ auditAction: 'Change*' });
    expect((await small.challenged(small.action('fred'))).status).toBe('pending');
  });

  it('EV-07: a flood for one user on the bus: each its own decision, and only the budget is asked', async () => {
    const actions = Array.from({ length: 60 }, () => bank.action('Gus'));
    await Promise.all(actions.map((action) => system.bus.audit(bank.appId, { ...action })));
    await system.settled();
    const states = await Promise.all(
      actions.map(
        async ({ auditActionId }) => (await bank.api('GET', `/v1/audit-actions/${auditActionId}`)).body,
      ),
    );
    expect(states.filter(({ status }) => status === 'challenged')).toHaveLength(5);
    expect(states.filter(({ outcome }) => outcome === 'denied')).toHaveLength(55);
    for (const { auditActionId } of actions.slice(0, 60))
      expect(system.bus.events('mfa.decision.made.v1', { auditActionId }).length).toBeLessThanOrEqual(1);
  });
});
