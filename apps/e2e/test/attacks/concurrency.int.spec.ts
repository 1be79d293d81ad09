import type { Bank } from '../../src/bank.ts';
import { expectStatus } from '../../src/bank.ts';
import { decode } from '../../src/decision.ts';
import type { Answer } from '../../src/http.ts';
import type { Page } from '../../src/page.ts';
import { System } from '../../src/system.ts';
import { waitFor } from '@countersign/testing';

const STEP = 'third-party/verify';
const times = <T>(n: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: n }, (_, index) => work(index)));
const statuses = (answers: Answer[]) =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((status) => [
      status,
      answers.filter((answer) => answer.status === status).length,
    ]),
  );

describe('invariants 2 and 3 under concurrency', () => {
  let system: System;
  let bank: Bank;

  beforeAll(async () => {
    system = await System.boot('concurrency');
    bank = await system.bank();
    await bank.rule({ auditAction: 'ChangeAddress' });
    await bank.policy('twice', { offers: ['external'], satisfiedBy: [['external', 'external']] });
  });
  afterAll(() => system?.close());

  const endsOf = async (challengeId: string) => {
    await system.settled();
    const ends = ['completed', 'denied', 'expired', 'cancelled'].flatMap((end) =>
      system.bus.events(`mfa.challenge.${end}.v1`, { challengeId }).map(() => end),
    );
    const decisions = system.bus.events('mfa.decision.made.v1', { challengeId });
    const rows = await system.rows<{ outcome: string }>(
      'mfa-orchestrator',
      'SELECT outcome FROM decisions WHERE challenge_id = $1',
      [challengeId],
    );
    return {
      ends,
      outcomes: decisions.map(({ data }) => data.outcome as string),
      rows: rows.map((r) => r.outcome),
    };
  };

  it('50 parallel verify with the right token: one completion, one decision, one redemption', async () => {
    const challenge = await bank.challenged(bank.action('Ann'));
    const page = await bank.beginChallenge(challenge.id);
    const body = { token: await bank.grant('Ann', { flowId: page.flowId }) };
    const answers = await times(50, () => page.repeat(STEP, body));
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((answer) => decode(answer.body.payloadSignature).payload.jti)).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect([answer.status, answer.body.session]).toEqual([401, undefined]);
    expect(await endsOf(challenge.id)).toEqual({
      ends: ['completed'],
      outcomes: ['allowed'],
      rows: ['allowed'],
    });
    expect(system.bus.events('token.external-token.redeemed.v1', { flowId: page.flowId })).toHaveLength(1);
    expect(system.bus.events('mfa.flow.completed.v1', { flowId: page.flowId })).toHaveLength(1);
    expect(system.bus.events('mfa.flow.failed.v1', { flowId: page.flowId })).toHaveLength(0);
    // whoever lost the answer asks once more
    expect((await page.repeat(STEP, body)).status).toBe(200);
  });

  it('50 parallel verify of a login: one access token', async () => {
    const page = await bank.login('Ben');
    const body = { token: await bank.grant('Ben', { flowId: page.flowId }) };
    const answers = await times(50, () => page.repeat(STEP, body));
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((answer) => decode(answer.body.accessToken).payload.jti)).size).toBe(1);
    await system.settled();
    expect(system.bus.events('mfa.flow.completed.v1', { flowId: page.flowId })).toHaveLength(1);
  });

  it('EXT-08: 100 parallel wrong guesses: at most five evaluated, the flow failed, the challenge denied once', async () => {
    const challenge = await bank.challenged(bank.action('Carl'));
    const page = await bank.beginChallenge(challenge.id);
    const token = await bank.grant('Carl', { flowId: page.flowId });
    const answers = await times(100, (n) => page.repeat(STEP, { token: `guess-${n}-`.padEnd(43, 'x') }));
    expect(statuses(answers)).toEqual({ 401: 100 });
    for (const { body } of answers) expect(body.session).toBeUndefined();
    expect(await endsOf(challenge.id)).toEqual({ ends: ['denied'], outcomes: ['denied'], rows: ['denied'] });
    const evaluated = system.bus.events('token.external-token.refused.v1', { flowId: page.flowId });
    expect(evaluated.length).toBeLessThanOrEqual(5);
    expect((await page.repeat(STEP, { token })).status).toBe(401);
  });

  it('EXT-08, OTP-01: guesses spread over three flows share the challenge’s five', async () => {
    const challenge = await bank.challenged(bank.action('Dana'));
    const pages: Page[] = [];
    for (let n = 0; n < 3; n++) pages.push(await bank.beginChallenge(challenge.id));
    await times(60, (n) => pages[n % 3]!.repeat(STEP, { token: `guess-${n}-`.padEnd(43, 'x') }));
    expect(await endsOf(challenge.id)).toEqual({ ends: ['denied'], outcomes: ['denied'], rows: ['denied'] });
    const evaluated = pages.flatMap(({ flowId }) =>
      system.bus.events('token.external-token.refused.v1', { flowId }),
    );
    expect(evaluated.length).toBeLessThanOrEqual(5);
  });

  it('EXT-08: a login flow fails at the fifth wrong token; another flow of the user is not touched', async () => {
    const [page, other] = [await bank.login('Emma'), await bank.login('Emma')];
    for (let n = 0; n < 5; n++) expect((await page.verify(`wrong-${n}-`.padEnd(43, 'x'))).status).toBe(401);
    expect((await page.current()).status).toBe(401);
    expect((await page.verify(await bank.grant('Emma'))).status).toBe(401);
    await system.settled();
    expect(system.bus.events('mfa.flow.failed.v1', { flowId: page.flowId })).toHaveLength(1);
    expect((await other.verify(await bank.grant('Emma'))).status).toBe(200);
  });

  it('OTP-03: a try is counted although the request fails afterwards and its transaction is taken back', async () => {
    const challenge = await bank.transaction('Faye');
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const sql = (text: string) => system.rows('mfa-orchestrator', text);
    await sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$`);
    await sql(`CREATE TRIGGER broken BEFORE INSERT ON outbox FOR EACH ROW
      WHEN (NEW.topic = 'mfa.flows') EXECUTE FUNCTION broken()`);
    try {
      for (let n = 0; n < 5; n++) expect((await page.verify(`wrong-${n}-`.padEnd(43, 'x'))).status).toBe(500);
    } finally {
      await sql('DROP TRIGGER broken ON outbox');
    }
    const token = await bank.grant('Faye', { flowId: page.flowId });
    const late = await page.verify(token);
    expect([late.status, late.body.session]).toEqual([401, undefined]);
    expect((await bank.challenge(challenge.id)).status).not.toBe('completed');
  });

  it('invariant 3: right proofs do not eat up the tries for wrong ones', async () => {
    const challenge = await bank.transaction('Fay', { requires: 'twice' });
    for (let n = 0; n < 4; n++) {
      const page = await bank.beginChallenge(challenge.id);
      expect(
        (await page.verify(await bank.grant('Fay', { flowId: page.flowId }))).body.session,
      ).toBeDefined();
      expectStatus(await page.abandon(), 204);
    }
    const page = await bank.beginChallenge(challenge.id);
    for (let n = 0; n < 4; n++) expect((await page.verify(`wrong-${n}-`.padEnd(43, 'x'))).status).toBe(401);
    expect((await page.verify(await bank.grant('Fay', { flowId: page.flowId }))).body.session).toBeDefined();
    expect((await page.verify(await bank.grant('Fay', { flowId: page.flowId }))).status).toBe(200);
  });

  it('ST-12: two tabs of one flow: the one that comes second with another token gets 401 without session', async () => {
    const challenge = await bank.transaction('Gert', { requires: 'twice' });
    const page = await bank.begin({ beginTicket: challenge.beginTicket });
    const tabs = [page.session, page.session];
    const tokens = [
      await bank.grant('Gert', { flowId: page.flowId }),
      await bank.grant('Gert', { challengeId: challenge.id }),
    ];
    const answers = await times(2, (n) => page.repeat(STEP, { token: tokens[n]! }, tabs[n]));
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(answers.filter(({ body }) => body.session !== undefined)).toHaveLength(1);
  });

  it('design: cancel, deny, complete and expire in parallel: exactly one end, one decision', async () => {
    const rounds = await times(6, async (n) => {
      const challenge = await bank.challenged(bank.action(`race-${n}`));
      const page = await bank.beginChallenge(challenge.id);
      const token = await bank.grant(`race-${n}`, { flowId: page.flowId });
      const work = [
        () => bank.api('POST', `/v1/challenges/${challenge.id}/cancel`),
        () => page.repeat('deny', {}),
        () => page.repeat(STEP, { token }),
        () => bank.api('DELETE', `/v1/users/race-${n}`),
        () =>
          system.rows(
            'mfa-orchestrator',
            'UPDATE challenges SET expires_at = now() WHERE id = $1 AND status = $2',
            [challenge.id, 'pending'],
          ),
      ];
      // every round begins with another one
      await Promise.all([...work.slice(n % 5), ...work.slice(0, n % 5)].map((one) => one()));
      return challenge;
    });
    const ends = ['completed', 'denied', 'expired', 'cancelled'];
    for (const challenge of rounds) {
      await bank.decided(challenge.mfaInfo.audit_action_id);
      const found = await endsOf(challenge.id);
      expect(found.ends).toHaveLength(1);
      expect(found.rows).toHaveLength(1);
      expect(found.outcomes).toEqual(found.rows);
      expect(ends.indexOf(found.ends[0]!)).toBe(
        ['allowed', 'denied', 'expired', 'cancelled'].indexOf(found.rows[0]!),
      );
    }
  });

  it.each(['deny', 'abandon'])(
    'design: %s that crosses a step of the same flow is refused whole',
    async (route) => {
      const challenge = await bank.transaction(`cross-${route}`, { requires: 'twice' });
      const page = await bank.begin({ beginTicket: challenge.beginTicket });
      const token = await bank.grant(`cross-${route}`, { flowId: page.flowId });
      const { database } = system.service('mfa-orchestrator');
      const waiting = async (n: number) => {
        const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        await waitFor(async () => (await database.query(sql)).length === n, { what: `${n} that wait` });
      };
      // both wait for the user's row, the step before the way out
      const [step, leave] = await database
        .transaction(async (tx) => {
          await tx.query('SELECT 1 FROM users WHERE username_key = $1 FOR UPDATE', [`cross-${route}`]);
          const first = page.repeat(STEP, { token });
          await waiting(1);
          const second = page.repeat(route, {});
          await waiting(2);
          return [first, second] as const;
        })
        .then((started) => Promise.all(started));
      expect([step.status, typeof step.body.session]).toEqual([401, 'string']);
      expect([leave.status, leave.body.session]).toEqual([401, undefined]);
      expect((await bank.challenge(challenge.id)).status).toBe('pending');
      expect(await endsOf(challenge.id)).toEqual({ ends: [], outcomes: [], rows: [] });
      expect((await page.current(step.body.session)).status).toBe(200);
    },
  );
});
