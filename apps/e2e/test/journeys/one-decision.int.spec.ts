import type { AuditAction, Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { digestOf, verifiedDecision } from '../../src/decision.ts';
import { System } from '../../src/system.ts';

describe('design: every accepted audit action gets exactly one decision', () => {
  let system: System;
  let bank: Bank;
  let ruleId: string;

  beforeAll(async () => {
    system = await System.boot('one_decision');
    bank = await system.bank();
    ruleId = (await bank.rule({ name: 'address', auditAction: 'ChangeAddress' })).id;
    await bank.rule({ name: 'limit', auditAction: 'ChangeLimit', cooldownSeconds: 600 });
  });
  afterAll(() => system?.close());

  /** Everything says the same one decision: REST, the event, the signature, the row. */
  const expectDecided = async (action: AuditAction, outcome: string, because: string[]) => {
    const shown = await bank.decided(action.auditActionId);
    expect([shown.status, shown.outcome]).toEqual(['decided', outcome]);
    expect(shown.because).toEqual(expect.arrayContaining(because));
    const { auditActionId, username, name, details } = action;
    const digest = digestOf({ appId: bank.appId, username, name, auditActionId, details });
    const claims = await verifiedDecision(bank, shown.decision);
    expect(claims).toMatchObject({ outcome, subject_digest: digest, audit_action_id: auditActionId });
    await system.settled();
    const events = system.bus.events('mfa.decision.made.v1', { auditActionId });
    expect(events.map(({ data }) => [data.outcome, data.decision])).toEqual([[outcome, shown.decision]]);
    const rows = await system.rows('mfa-orchestrator', 'SELECT 1 FROM decisions WHERE audit_action_id = $1', [
      auditActionId,
    ]);
    expect(rows).toHaveLength(1);
    return shown;
  };
  const expectNobodyAsked = async (username: string) =>
    expect((await bank.api('GET', `/v1/challenges?username=${username}&status=pending`)).body.items).toEqual(
      [],
    );

  it('no rule: not-required at once', async () => {
    const action = bank.action('Ann', { name: 'ViewStatement' });
    await bank.auditDecided(action);
    await expectDecided(action, 'not-required', ['no-rule']);
  });

  it('EV-11: older than maxAgeSeconds by occurredAt or by the event’s time: too-late', async () => {
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    const posted = bank.action('Ben', { occurredAt: ago(301) });
    await bank.auditDecided(posted);
    await expectDecided(posted, 'too-late', ['too-late', 'rule:address']);
    const sent = bank.action('Ben');
    await system.bus.audit(bank.appId, { ...sent }, { time: ago(301) });
    await expectDecided(sent, 'too-late', ['too-late']);
    const inTime = bank.action('Ben', { occurredAt: ago(200) });
    expect((await bank.challenged(inTime)).status).toBe('pending');
  });

  it('denied by the user, then muted for that rule until management unlocks', async () => {
    const action = bank.action('Cleo');
    const challenge = await bank.challenged(action);
    const page = await bank.beginChallenge(challenge.id);
    expectStatus(await page.deny(), 204);
    await expectDecided(action, 'denied', ['denied-by-user', 'rule:address']);
    expect((await bank.challenge(challenge.id)).status).toBe('denied');
    const [event] = system.bus.events('mfa.challenge.denied.v1', { challengeId: challenge.id });
    expect(event!.data.suspectedAttack).toBe(true);

    const muted = bank.action('Cleo');
    await bank.auditDecided(muted);
    await expectDecided(muted, 'denied', ['muted', 'rule:address']);
    await expectNobodyAsked('Cleo');
    const user = expectStatus(await bank.api('GET', '/v1/users/cleo'), 200);
    expect(user.locks).toEqual([{ kind: 'muted-rule', ruleId, until: expect.any(String) }]);
    // another rule is not muted, nor is another user
    expect((await bank.challenged(bank.action('Cleo', { name: 'ChangeLimit' }))).status).toBe('pending');
    expect((await bank.challenged(bank.action('Dora'))).status).toBe('pending');

    expectStatus(await bank.api('POST', '/v1/users/cleo/unlock'), 204);
    expect((await bank.api('GET', '/v1/users/cleo')).body.locks).toEqual([]);
    expect((await bank.challenged(bank.action('Cleo'))).status).toBe('pending');
  });

  it('five wrong proofs over several flows: denied, once, and no flow of it goes on', async () => {
    const action = bank.action('Egon');
    const challenge = await bank.challenged(action);
    const pages = [await bank.beginChallenge(challenge.id), await bank.beginChallenge(challenge.id)];
    for (let attempt = 0; attempt < 5; attempt++) {
      const { status, body } = await pages[attempt % 2]!.verify(
        `wrong-token-number-${attempt}-0123456789abcdef`,
      );
      expect([status, body.session]).toEqual([401, undefined]);
      expect((await bank.challenge(challenge.id)).status).toBe(attempt < 4 ? 'pending' : 'denied');
    }
    await expectDecided(action, 'denied', ['too-many-failures']);
    for (const page of pages) expect((await page.current()).status).toBe(401);
    const ticket = await bank.api('POST', `/v1/challenges/${challenge.id}/tickets`);
    expect([ticket.status, ticket.body.code, ticket.body.challengeStatus]).toEqual([
      409,
      'mfa/challenge-ended',
      'denied',
    ]);
    const [event] = system.bus.events('mfa.challenge.denied.v1', { challengeId: challenge.id });
    expect(event!.data).not.toHaveProperty('suspectedAttack');
  });

  it('expired: time is up, its flow ends with it', async () => {
    const { id } = await bank.rule({ auditAction: 'Quick', ttlSeconds: 1 });
    const action = bank.action('Fips', { name: 'Quick' });
    const challenge = await bank.challenged(action);
    await bank.decided(action.auditActionId);
    await expectDecided(action, 'expired', ['time-is-up']);
    expect((await bank.challenge(challenge.id)).status).toBe('expired');
    expect((await bank.api('POST', `/v1/challenges/${challenge.id}/cancel`)).status).toBe(409);
    expectStatus(await bank.api('DELETE', `/v1/patrol-rules/${id}`), 204);
  });

  it('cancelled by its owner: the flow that is open ends, nothing completes it any more', async () => {
    const action = bank.action('Gabi');
    const challenge = await bank.challenged(action);
    const page = await bank.beginChallenge(challenge.id);
    const token = await bank.grant('Gabi', { flowId: page.flowId });
    const cancelled = expectStatus(await bank.api('POST', `/v1/challenges/${challenge.id}/cancel`), 200);
    expect(cancelled.status).toBe('cancelled');
    const shown = await expectDecided(action, 'cancelled', ['cancelled', 'rule:address']);
    expect(shown.decision).toBe(cancelled.decision);
    const late = await page.verify(token);
    expect([late.status, late.body.session]).toEqual([401, undefined]);
    expect((await bank.api('POST', `/v1/challenges/${challenge.id}/cancel`)).status).toBe(409);
  });

  it('user deleted: pending challenges are cancelled, with their decisions', async () => {
    const action = bank.action('Hanna');
    const challenge = await bank.challenged(action);
    const page = await bank.beginChallenge(challenge.id);
    expectStatus(await bank.api('DELETE', '/v1/users/hanna'), 204);
    await expectDecided(action, 'cancelled', ['user-deleted']);
    expect((await page.current()).status).toBe(401);
    expect((await bank.api('GET', '/v1/users/hanna')).status).toBe(404);
  });

  it('cooldown: same user, session and name after an allowed one: not-required, over its own digest', async () => {
    const of = (more: Partial<AuditAction>) =>
      bank.action('Ingo', { name: 'ChangeLimit', sessionId: 's-1', ...more });
    await bank.approve(await bank.challenged(of({})));
    const again = of({ details: { limit: 5 } });
    await bank.auditDecided(again);
    await expectDecided(again, 'not-required', ['cooldown', 'rule:limit']);
    // another session, no session, another name, another user, a rule without cooldown: asked
    const elsewhere = await bank.challenged(of({ sessionId: 's-2' }));
    const { sessionId: _, ...sessionless } = of({});
    const nowhere = await bank.challenged(sessionless);
    const named = await bank.challenged(of({ name: 'ChangeAddress' }));
    const other = await bank.challenged({ ...of({}), username: 'Inga' });
    for (const { status } of [elsewhere, nowhere, named, other]) expect(status).toBe('pending');
    // time that has passed counts
    await system.rows(
      'mfa-orchestrator',
      `UPDATE decisions SET made_at = made_at - interval '601 seconds' WHERE session_id = 's-1'`,
    );
    expect((await bank.challenged(of({}))).status).toBe('pending');
  });

  it('a host that reads mfa.decisions alone gets each of them, once, with all it needs', async () => {
    await system.settled();
    const told = system.bus.seen.filter(
      ({ topic, appid }) => topic === 'mfa.decisions' && appid === bank.appId,
    );
    const ids = told.map(({ data }) => data.auditActionId as string);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(told.map(({ data }) => data.outcome))).toEqual(
      new Set(['not-required', 'too-late', 'denied', 'expired', 'cancelled', 'allowed']),
    );
    for (const { data, key } of told) {
      const claims = await verifiedDecision(bank, data.decision);
      expect([claims.outcome, claims.subject_digest, claims.audit_action_id]).toEqual([
        data.outcome,
        data.subjectDigest,
        data.auditActionId,
      ]);
      expect(key).toBe(`${bank.appId}:${data.auditActionId}`);
    }
  });

  it('GET /v1/audit-actions: 404 for an unknown one and another application’s', async () => {
    const action = bank.action('Jule', { name: 'ViewStatement' });
    await bank.auditDecided(action);
    const other = await system.bank();
    for (const [of, id] of [
      [other, action.auditActionId],
      [bank, 'unknown'],
    ] as const) {
      const { status, body } = await of.api('GET', `/v1/audit-actions/${id}`);
      expect([status, body.code]).toEqual([404, 'mfa/audit-action-not-found']);
    }
  });
});
